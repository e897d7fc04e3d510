"""A real S3 server that checks signatures, as a process that can be stopped, killed and started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

KEY = {"AWS_ACCESS_KEY_ID": "recordkeeper", "AWS_SECRET_ACCESS_KEY": "a secret of nobody"}
PORTS = [f"{name}.port{more}" for name in ("master", "volume", "filer", "s3", "admin") for more in ("", ".grpc")]
OFF = ["-webdav=false", "-admin.ui=false", "-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0"]


@dataclass
class Objects:
    folder: Path
    ports: dict[str, int]
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.ports['s3.port']}"

    def url(self, bucket: str = "recordings", prefix: str = "calls/2026", more: str = "") -> str:
        return f"s3://{bucket}/{prefix}?region=us-east-1&endpoint={self.endpoint}{more}"

    def client(self, bucket: str = "recordings") -> S3Store:
        return S3Store(
            bucket,
            region="us-east-1",
            endpoint=self.endpoint,
            access_key_id=KEY["AWS_ACCESS_KEY_ID"],
            secret_access_key=KEY["AWS_SECRET_ACCESS_KEY"],
            client_options={"allow_http": True, "timeout": "2s"},
            retry_config={"max_retries": 0},
        )

    def names(self, bucket: str = "recordings") -> list[str]:
        return sorted(found["path"] for batch in obstore.list(self.client(bucket)) for found in batch)

    def content(self, media_url: str) -> bytes:
        bucket, _, key = media_url.removeprefix(f"{self.endpoint}/").partition("/")
        return bytes(obstore.get(self.client(bucket), key).bytes())

    def start(self) -> None:
        weed = [Path(sys.executable).with_name("weed"), "mini", "-dir", self.folder, "-ip", "127.0.0.1"]
        ports = [f"-{name}={port}" for name, port in self.ports.items()]
        more = ["-bucket", "recordings,archive", "-s3.autoCreateBucket=false"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([*weed, *ports, *OFF, *more], env=os.environ | KEY, stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while not self._answers():
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            for bucket in ("recordings", "archive"):
                obstore.put(self.client(bucket), "ready", b"yes")
                obstore.delete(self.client(bucket), "ready")
        except (BaseError, FileNotFoundError):
            return False
        return True

    def end(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def objects() -> Iterator[Objects]:
    with TemporaryDirectory(prefix="recordkeeper-objects-", ignore_cleanup_errors=True) as name, ExitStack() as opened:
        sockets = [opened.enter_context(socket.socket()) for _ in PORTS]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        server = Objects(Path(name), {port: one.getsockname()[1] for port, one in zip(PORTS, sockets, strict=True)})
        opened.pop_all().close()
        server.start()
        yield server
        server.end()
