"""The program itself, started as its user starts it."""

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from twilio.rest import Client

ALLOWED = {"RECORDKEEPER_CALLBACK_ALLOWED_NETWORKS": "127.0.0.0/8, ::1/128"}


@dataclass
class Running:
    folder: Path
    port: int
    settings: dict[str, str] = field(default_factory=dict)
    """By the names of their variables."""
    process: subprocess.Popen[str] | None = field(default=None, init=False)
    credentials: tuple[str, str] = field(default=("", ""), init=False)

    @property
    def log(self) -> Path:
        return self.folder.parent / "log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "service", "serve", "--data-dir", self.folder, "--port", str(self.port)]
        environment = os.environ | ALLOWED | self.settings
        with self.log.open("a") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
        for line in self.process.stdout:
            if found := re.search(r"-u (AC\w+):(\w+)", line):
                self.credentials = (found[1], found[2])
            if "Recordings.json" in line and "POST" not in line:
                return
            if line.startswith("Recordkeeper answers") and self.credentials[0]:
                return
        raise AssertionError(f"the service ended with {self.process.wait()}: {self.log.read_text()}")

    def verb(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "service", *words, "--data-dir", self.folder]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def log_events(self) -> list[dict]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

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
