"""The service under measurement, started as its user starts it, and the programs it is measured with and against."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from service.postgres.embedded import find_binaries, running_dsn

CONNECTIONS = 10
"""Database connections of the service and of the bare handler; the service's default."""
SETTINGS = {"RECORDKEEPER_UNKNOWN_CALLS": "accept", "RECORDKEEPER_DATABASE_CONNECTIONS": str(CONNECTIONS)}


@dataclass(frozen=True, slots=True)
class Account:
    sid: str
    authorization: str


@dataclass(frozen=True, slots=True)
class Running:
    url: str
    pid: int
    data: Path
    dsn: str
    accounts: list[Account]


def wrk() -> str:
    if found := shutil.which("wrk"):
        return found
    sys.exit("wrk is missing: a client slower than the service would measure itself. Debian: apt-get install wrk")


def pgbench() -> str:
    packaged = find_binaries() / "pgbench"
    if found := packaged if packaged.exists() else shutil.which("pgbench"):
        return str(found)
    sys.exit(f"pgbench is missing: it is neither in {packaged.parent} nor on the path. Debian: postgresql-contrib")


@contextmanager
def service(accounts: int) -> Iterator[Running]:
    """Yield the service on an empty embedded PostgreSQL, with as many accounts."""
    with TemporaryDirectory(prefix="recordkeeper-bench-") as name:
        Path(name).chmod(0o755)
        data, port = Path(name) / "var", free_port()
        with process("service", "serve", "--data-dir", str(data), "--port", str(port)) as serving:
            await_port(port, serving)
            made = [_account(data) for _ in range(accounts)]
            yield Running(f"http://127.0.0.1:{port}", serving.pid, data, running_dsn(data) or "", made)


@contextmanager
def bare(dsn: str) -> Iterator[str]:
    port = free_port()
    with process("bench.bare", dsn, str(port)) as serving:
        await_port(port, serving)
        yield f"http://127.0.0.1:{port}"


@contextmanager
def process(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    with tempfile.TemporaryFile() as log:  # a log costs what writing a file costs, as it would in service
        started = subprocess.Popen(
            [sys.executable, "-m", *command], env=os.environ | SETTINGS, stdout=subprocess.DEVNULL, stderr=log
        )
    try:
        yield started
    finally:
        started.terminate()
        started.wait(timeout=60)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_port(port: int, serving: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if serving.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit(f"{serving.args} did not start")


def _account(data: Path) -> Account:
    command = [sys.executable, "-m", "service", "accounts", "create", "--data-dir", data, "--json"]
    made = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    secret = b64encode(f"{made['sid']}:{made['auth_token']}".encode()).decode()
    return Account(made["sid"], f"Basic {secret}")
