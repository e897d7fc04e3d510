"""Targets that callbacks are tricked with: each is really sent to, and a listener there sees that nothing comes."""

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_network
from itertools import cycle

import pytest

from hostile import HOSTILE, LOCATIONS, NAMES, RESERVED, STATUSES
from nameserver import nameserver
from service.callbacks import session as session_module
from service.callbacks.outcome import Delivered, Discarded, Failed, Failure
from service.callbacks.ports import Ports
from service.callbacks.sender import Notice, Sender
from service.callbacks.session import open_session
from service.callbacks.signature import Keys

FRIEND = "127.0.0.53"
"""The one address that is allowed where a first hop is needed."""
PLACES = ("127.0.0.1", "127.0.0.2", "::1")


@dataclass
class Listener:
    """Counts who comes to one port of every place that is none of a callback's."""

    port: int = 0
    places: list[str] = field(default_factory=list)
    visits: int = 0
    came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def visited(self, _reader, writer):
        writer.close()
        async with self.came:
            self.visits += 1
            self.came.notify_all()

    async def visitors(self):
        """Return how many came. Places are visited in turn: whoever came before is let in before."""
        for place in self.places:
            _, writer = await asyncio.open_connection(place, self.port)
            writer.close()
        async with self.came:
            await self.came.wait_for(lambda: self.visits >= len(self.places))
        return self.visits - len(self.places)


@pytest.fixture
async def listener():
    one = Listener()
    async with AsyncExitStack() as stack:
        for place in PLACES:
            with suppress(OSError):  # a host without IPv6 has no such place
                server = await asyncio.start_server(one.visited, place, one.port)
                one.port = (await stack.enter_async_context(server)).sockets[0].getsockname()[1]
                one.places.append(place)
        yield one


@asynccontextmanager
async def friend(*locations, status=302):
    """Yield the port of an allowed place that redirects to `locations` in turn, then says 200; and its visits."""
    answers, visits = iter(locations), []

    async def answer(reader, writer):
        visits.append(await reader.readuntil(b"\r\n\r\n"))
        location = next(answers, None)
        head = f"HTTP/1.1 {status} Found\r\nLocation: {location}" if location else "HTTP/1.1 200 OK"
        writer.write(f"{head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, FRIEND, 0) as server:
        yield server.sockets[0].getsockname()[1], visits


async def send(session, url):
    notice = Notice(url=url, method="POST", parameters="a=b", idempotency_token="0")
    return await Sender(session, now=time.time).send(notice, Keys(auth_token="12345"))


@asynccontextmanager
async def opened(names=None, *, allowed=(), ports=()):
    async with (
        nameserver(NAMES | (names or {})) as dns,
        open_session([ip_network(each) for each in allowed], ports, nameservers=[dns.address]) as session,
    ):
        yield session


@pytest.mark.parametrize(("url", "words"), HOSTILE, ids=[ascii(url) for url, _ in HOSTILE])
async def test_a_hostile_target_is_discarded_unvisited(listener, url, words):
    async with opened() as session:
        outcome = await send(session, url.replace("{port}", str(listener.port)))
    assert isinstance(outcome, Discarded), outcome
    assert words in outcome.error
    assert await listener.visitors() == 0


def is_refused_redirect(outcome, words):
    assert isinstance(outcome, Failed), outcome
    assert (outcome.failure, outcome.error_code) == (Failure.REDIRECT, 11215)
    return outcome.error.startswith("redirected: ") and words in outcome.error


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(("location", "words"), LOCATIONS, ids=[location for location, _ in LOCATIONS])
async def test_a_redirect_to_a_hostile_target_is_not_followed(listener, status, location, words):
    async with (
        friend(location.replace("{port}", str(listener.port)), status=status) as (port, visits),
        opened(allowed=[FRIEND]) as session,
    ):
        outcome = await send(session, f"http://{FRIEND}:{port}/")
    assert is_refused_redirect(outcome, words)
    assert (len(visits), await listener.visitors()) == (1, 0)


async def test_a_chain_of_redirects_ends_at_the_first_that_is_hostile(listener):
    chain = ["/second", "?third", f"http://127.0.0.1:{listener.port}/", "/never"]
    async with friend(*chain) as (port, visits), opened(allowed=[FRIEND]) as session:
        outcome = await send(session, f"http://{FRIEND}:{port}/first")
    assert is_refused_redirect(outcome, RESERVED)
    assert (len(visits), await listener.visitors()) == (3, 0)


async def test_a_name_with_a_good_and_a_forbidden_address_is_met_at_the_good_one(listener):
    names = {"mixed.test": ["127.0.0.1", FRIEND, "::1"]}
    async with opened(names, allowed=[FRIEND]) as session:
        outcome = await send(session, f"http://mixed.test:{listener.port}/")
        assert (outcome.failure, outcome.error_code) == (Failure.CONNECTION, 11205), "down, and tried again later"
        async with friend() as (port, visits):
            assert await send(session, f"http://mixed.test:{port}/") == Delivered(http_status=200)
    assert (len(visits), await listener.visitors()) == (1, 0)


@pytest.mark.parametrize("kept", [0, 10], ids=["asked for each time", "kept for a while"])
async def test_a_name_that_changes_its_address_gains_nothing(listener, monkeypatch, kept):
    monkeypatch.setattr(session_module, "ADDRESS_SECONDS", kept)
    turns = cycle([[FRIEND], ["127.0.0.1"]])
    async with (
        friend() as (port, visits),
        opened({"rebinding.test": lambda: next(turns)}, allowed=[FRIEND]) as session,
    ):
        outcomes = [await send(session, f"http://rebinding.test:{port}/") for _ in range(6)]
    good, bad = Delivered(http_status=200), Discarded(error=RESERVED)
    assert outcomes == ([good] * 6 if kept else [good, bad] * 3)
    assert (len(visits), await listener.visitors()) == (outcomes.count(good), 0)


async def test_a_name_that_changes_its_address_behind_a_redirect_gains_nothing(listener, monkeypatch):
    monkeypatch.setattr(session_module, "ADDRESS_SECONDS", 0)
    turns = cycle([[FRIEND], ["127.0.0.1"]])
    async with (
        friend(f"http://rebinding.test:{listener.port}/") as (port, visits),
        opened({"rebinding.test": lambda: next(turns)}, allowed=[FRIEND]) as session,
    ):
        outcome = await send(session, f"http://rebinding.test:{port}/")
    assert is_refused_redirect(outcome, RESERVED)
    assert (len(visits), await listener.visitors()) == (1, 0)


async def test_ports_that_are_not_allowed_are_refused_first_or_behind_a_redirect(listener):
    words = f"port {listener.port} is not one that callbacks may use here"
    url = f"http://127.0.0.1:{listener.port}/"
    async with friend(url) as (port, _), opened(allowed=["127.0.0.0/8"], ports=[Ports(port, port)]) as session:
        assert await send(session, url) == Discarded(error=words)
        assert is_refused_redirect(await send(session, f"http://{FRIEND}:{port}/"), words)
    assert await listener.visitors() == 0
