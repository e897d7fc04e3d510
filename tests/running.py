"""The program itself, started as its user starts it."""

import asyncio
import atexit
import copy
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner
from twilio.rest import Client

from service.application.accounts import Accounts
from service.cli import main
from service.postgres.embedded import EmbeddedServer, running_dsn
from service.postgres.migrate import migrate
from service.postgres.pool import open_pool

alone = pytest.mark.parametrize("service", [None], indirect=True)
"""For a test that stops or kills the program, counts all that is in it, or changes what is everybody's."""
ALLOWED = {"RECORDKEEPER_CALLBACK_ALLOWED_NETWORKS": "127.0.0.0/8, ::1/128"}


@cache
def prepared() -> Path:
    """Return a data folder with an empty database: made once, as each costs seconds. The demo's test makes its own.

    Its server does not wait for the disk: tests kill processes, not the machine under them.
    """
    folder = Path(tempfile.mkdtemp(prefix="recordkeeper-prepared-"))
    atexit.register(shutil.rmtree, folder)
    folder.chmod(0o755)
    with EmbeddedServer(folder / "var") as dsn:
        asyncio.run(_migrated(dsn))
    return folder / "var"


async def _migrated(dsn: str) -> None:
    await migrate(dsn)
    owner = await asyncpg.connect(dsn)
    await owner.execute("ALTER SYSTEM SET fsync = off")
    await owner.close()


async def _account(dsn: str) -> tuple[str, str]:
    async with await open_pool(dsn) as pool:
        made = await Accounts(pool, time.monotonic).create(sid=None, auth_token=None, friendly_name="one of many")
        return made.sid, made.auth_token


def verb(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a verb in this process, as one of its own would: each of those takes a second to start."""
    with ThreadPoolExecutor(1) as apart:  # a test may have a loop of its own, and so has the verb
        runner = CliRunner(env=environment)
        done = apart.submit(runner.invoke, main, list(map(str, words)), prog_name="recordkeeper").result()
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)


@dataclass
class Running:
    folder: Path
    port: int
    settings: dict[str, str] = field(default_factory=dict)
    """By the names of their variables."""
    process: subprocess.Popen[str] | None = field(default=None, init=False)
    credentials: tuple[str, str] = field(default=("", ""), init=False)
    seen: int = field(default=0, init=False)
    """How much of the log was there before."""

    @property
    def log(self) -> Path:
        return self.folder.parent / "log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        if not self.folder.exists() and "RECORDKEEPER_DATABASE_URL" not in self.settings:
            subprocess.run(["cp", "-a", prepared(), self.folder], check=True)
        command = [sys.executable, "-m", "service", "serve", "--data-dir", self.folder, "--port", str(self.port)]
        environment = os.environ | ALLOWED | self.settings
        with self.log.open("a") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
        for line in self.process.stdout:
            if line.startswith("Recordkeeper answers"):
                assert line == f"Recordkeeper answers at {self.url}\n"
            if found := re.search(r"-u (AC\w+):(\w+)", line):
                self.credentials = (found[1], found[2])
            if "Recordings.json" in line and "POST" not in line:
                return
            if line.startswith("Recordkeeper answers") and self.credentials[0]:
                return
        raise AssertionError(f"the service ended with {self.process.wait()}: {self.log.read_text()}")

    def as_another_account(self) -> "Running":
        """Return the same program as a new account has it; of the log, what comes from now on."""
        assert self.process.poll() is None, self.log.read_text()[-2000:]
        other = copy.copy(self)
        other.credentials = asyncio.run(_account(running_dsn(self.folder)))
        other.seen = self.log.stat().st_size
        return other

    def verb(self, *words: object) -> subprocess.CompletedProcess[str]:
        return verb(*words, "--data-dir", self.folder)

    def command(self, *words: object) -> subprocess.CompletedProcess[str]:
        """Run a verb in its own process."""
        command = [sys.executable, "-m", "service", *words, "--data-dir", self.folder]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def log_text(self) -> str:
        return self.log.read_bytes()[self.seen :].decode()

    def log_events(self) -> list[dict]:
        return [json.loads(line) for line in self.log_text().splitlines()]

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=90)
        return self.process.returncode

    def kill_all(self) -> None:
        """Kill the service and every process it started, its database too, as a host that dies does."""
        family = [self.process.pid]
        for pid in family:  # it grows while it is read
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                family += map(int, children.read_text().split())
        for pid in family:
            os.kill(pid, signal.SIGKILL)
        self.process.communicate(timeout=90)

    def client(self) -> Client:
        client = Client(*self.credentials)
        client.api.base_url = self.url
        return client
