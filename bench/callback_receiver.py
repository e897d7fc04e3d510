"""A customer that costs as little as one can: counts requests and answers 204; beside it a port that never answers."""

import asyncio
import json
import mmap
import os
import re
import signal
import struct
import sys
import time
from pathlib import Path
from typing import cast

import uvloop

COUNTED = struct.Struct("Qdd")
"""In a file of shared memory: how many requests came, and when the first and the last did (monotonic seconds)."""
ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
RECORDING = re.compile(rb"RecordingSid=(RE\w{32})")


class Counting(asyncio.Protocol):
    def __init__(self, shared: mmap.mmap, noted: list[tuple[str, float]] | None) -> None:
        self._shared = shared
        self._noted = noted
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        data = self._held + data if self._held else data
        at = whole = 0
        while (end := data.find(b"\r\n\r\n", at) + 4) >= 4:  # noqa: PLR2004 - the length of what ends a head
            length = LENGTH.search(data, at, end)
            after = end + (int(length[1]) if length else 0)
            if after > len(data):
                break
            if self._noted is not None and (told := RECORDING.search(data, end, after)):
                self._noted.append((told[1].decode(), time.monotonic()))
            at, whole = after, whole + 1
        self._held = data[at:]
        if whole:
            self._transport.write(ANSWER * whole)
            now, (count, first, _) = time.monotonic(), COUNTED.unpack_from(self._shared)
            COUNTED.pack_into(self._shared, 0, count + whole, first or now, now)


async def receive(port: int, hole: int, counted: Path, *, notes: bool) -> None:
    """Receive until told to end; then say which recordings were told of, and when, if `notes` were asked for."""
    noted: list[tuple[str, float]] | None = [] if notes else None
    with counted.open("r+b") as file, mmap.mmap(file.fileno(), COUNTED.size) as shared:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_signal_handler(signal.SIGTERM, ended.set)
        await loop.create_server(asyncio.Protocol, "127.0.0.1", hole, backlog=1024)
        await loop.create_server(lambda: Counting(shared, noted), "127.0.0.1", port, backlog=1024)
        await ended.wait()
    json.dump(noted, sys.stdout)
    sys.stdout.flush()
    os._exit(0)  # with no farewell to the hole's connections


if __name__ == "__main__":
    uvloop.run(receive(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), notes=sys.argv[4] == "notes"))
