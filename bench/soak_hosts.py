"""Fifty customers' hosts in one process: most answer at once, some never, some with 500 half the time, one slowly.

Writes down every callback that arrives, and gives the list out at the end.
"""

import asyncio
import random
import sys
import time
from pathlib import Path
from typing import cast
from urllib.parse import parse_qs

import orjson
import uvloop

HOSTS, SILENT, FAILING = 50, range(5), range(5, 10)
SLOW = 10
SECONDS, SLOW_SECONDS = 0.01, 0.1
FAILING_SHARE = 0.5
OK, FAILED = b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"
Arrival = tuple[float, int, str, str, str, bool]
"""When, at which host, recording, its status, token, and whether it was taken with 2xx."""


class Host(asyncio.Protocol):
    def __init__(self, number: int, arrivals: list[Arrival]) -> None:
        self._number = number
        self._arrivals = arrivals
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        length = int(headers[b"content-length"])
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        self._arrived(parse_qs(rest[:length].decode()), headers[b"i-twilio-idempotency-token"].decode())

    def _arrived(self, told: dict[str, list[str]], token: str) -> None:
        taken = self._number not in SILENT and not (self._number in FAILING and random.random() < FAILING_SHARE)
        recording, status = told["RecordingSid"][0], told["RecordingStatus"][0]
        self._arrivals.append((time.time(), self._number, recording, status, token, taken))
        if self._number not in SILENT:
            seconds = SLOW_SECONDS if self._number == SLOW else SECONDS
            asyncio.get_running_loop().call_later(seconds, self._answer, OK if taken else FAILED)

    def _answer(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)


async def serve(ports: Path, written: Path) -> None:
    """Listen until standard input ends; say where in `ports`, and what arrived in `written`."""
    arrivals: list[Arrival] = []
    loop = asyncio.get_running_loop()
    servers = [
        await loop.create_server(lambda number=number: Host(number, arrivals), "127.0.0.1", 0)  # type: ignore[misc]
        for number in range(HOSTS)
    ]
    ports.with_suffix(".new").write_bytes(orjson.dumps([server.sockets[0].getsockname()[1] for server in servers]))
    ports.with_suffix(".new").rename(ports)
    await loop.run_in_executor(None, sys.stdin.read)
    await asyncio.to_thread(written.write_bytes, orjson.dumps(arrivals))


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(Path(sys.argv[1]), Path(sys.argv[2])))
