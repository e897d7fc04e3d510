"""The receiver as the one who measures sees it: how much came, and when."""

import json
import mmap
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.callback_receiver import COUNTED
from bench.running import await_port, free_port

STALLED_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Receiver:
    url: str
    hole: str
    """Where connections are accepted, and never answered."""
    process: subprocess.Popen[str]
    shared: mmap.mmap

    @property
    def count(self) -> int:
        return int(COUNTED.unpack_from(self.shared)[0])

    def forget(self) -> None:
        COUNTED.pack_into(self.shared, 0, 0, 0.0, 0.0)

    def rate(self) -> float:
        """Return deliveries a second, from the first to the last."""
        count, first, last = COUNTED.unpack_from(self.shared)
        return float((count - 1) / (last - first))

    def await_count(self, wanted: int) -> None:
        """Wait for so many requests; give up when none comes for a long time."""
        seen, moved = -1, time.monotonic()
        while (count := self.count) < wanted:
            if count != seen:
                seen, moved = count, time.monotonic()
            if time.monotonic() > moved + STALLED_SECONDS:
                sys.exit(f"{count} of {wanted} deliveries came, and then none for {STALLED_SECONDS:.0f} s")
            time.sleep(0.01)

    def noted(self) -> list[tuple[str, float]]:
        """End the receiver; return the recordings that it was told of, and when (monotonic seconds)."""
        self.process.terminate()
        return [(sid, at) for sid, at in json.loads(self.process.communicate(timeout=60)[0])]


@contextmanager
def receiver(*, notes: bool = False) -> Iterator[Receiver]:
    port, hole = free_port(), free_port()
    with tempfile.NamedTemporaryFile() as counted:
        counted.truncate(COUNTED.size)
        command = [sys.executable, "-m", "bench.callback_receiver", str(port), str(hole), counted.name]
        command.append("notes" if notes else "counts")
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            await_port(port, process)
            with mmap.mmap(counted.fileno(), COUNTED.size) as shared:
                yield Receiver(f"http://127.0.0.1:{port}/callbacks", f"http://127.0.0.1:{hole}/hole", process, shared)
        finally:
            process.kill()
            process.wait()


@contextmanager
def worker(module: str, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], Callable[[], None]]]:
    """Yield a process of ours that is ready to begin, and what lets it begin."""
    with tempfile.TemporaryFile() as log:  # a log costs what writing a file costs, as it would in service
        command = [sys.executable, "-m", module, *arguments]
        started = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        assert started.stdin
        assert started.stdout
        said = started.stdout.readline()
        if said != "ready\n":
            log.seek(0)
            sys.exit(f"{module} {arguments[0]} did not start: {said} {log.read().decode()[-2000:]}")

        def begin() -> None:
            assert started.stdin
            started.stdin.write("\n")
            started.stdin.flush()

        try:
            yield started, begin
        finally:
            started.terminate()
            try:
                started.wait(timeout=20)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()
