"""A name server on loopback that answers as it was told to, late, or never."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address

A, AAAA = 1, 28
NO_ERROR, NO_SUCH_NAME = b"\x81\x80", b"\x81\x83"


@dataclass
class NameServer(asyncio.DatagramProtocol):
    """`names` gives the addresses of a name, or what makes them for each question; others do not exist.

    Questions for names in `held` wait for `release`. `asked` counts questions by name and type.
    """

    names: dict[str, Sequence[str] | Callable[[], Sequence[str]]] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    asked: Counter[tuple[str, int]] = field(default_factory=Counter)
    address: str = ""

    def __post_init__(self):
        self._waiting = deque()

    def connection_made(self, transport):
        self._transport = transport
        host, port = transport.get_extra_info("sockname")
        self.address = f"{host}:{port}"

    def datagram_received(self, data, sender):
        name, kind = _question(data)
        self.asked[name, kind] += 1
        if name in self.held:
            self._waiting.append((data, sender))
        else:
            self._answer(data, sender)

    def release(self):
        self.held.clear()
        while self._waiting:
            self._answer(*self._waiting.popleft())

    def _answer(self, data, sender):
        name, kind = _question(data)
        known = self.names.get(name)
        length = {A: 4, AAAA: 16}.get(kind)
        # One set of addresses for both questions: only the first asks for it.
        made = known if not callable(known) else known() if kind == A else ()
        packed = [address for each in made or () if len(address := ip_address(each).packed) == length]
        header = data[:2] + (NO_SUCH_NAME if known is None else NO_ERROR) + bytes([0, 1, 0, len(packed), 0, 0, 0, 0])
        records = (bytes([0xC0, 12, 0, kind, 0, 1, 0, 0, 0, 0, 0, len(each)]) + each for each in packed)
        self._transport.sendto(header + data[12 : _end(data)] + b"".join(records), sender)


@asynccontextmanager
async def nameserver(names=None) -> AsyncIterator[NameServer]:
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(
        lambda: NameServer(names=dict(names or {})), local_addr=("127.0.0.1", 0)
    )
    try:
        yield server
    finally:
        transport.close()


def _end(data: bytes) -> int:
    """Return where the question ends: its name, type and class."""
    return data.index(b"\0", 12) + 5


def _question(data: bytes) -> tuple[str, int]:
    labels, at = [], 12
    while length := data[at]:
        labels.append(data[at + 1 : at + 1 + length].decode())
        at += 1 + length
    return ".".join(labels).lower(), int.from_bytes(data[at + 1 : at + 3])
