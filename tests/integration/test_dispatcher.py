"""Deliveries on their way to the customer: order, leases, retries, fences, and what is written down."""

import asyncio
import time
from datetime import timedelta
from ipaddress import ip_network

import asyncpg
import pytest
from aiohttp import web

from facts import AC
from owing import deliveries, owe, turn
from receiver import receiver
from service.callbacks.dispatcher import Dispatcher
from service.callbacks.hosts import FIRST_WINDOW, MOST_UNPROVEN
from service.callbacks.outcome import Delivered
from service.callbacks.presence import LEASE_SECONDS
from service.callbacks.sender import Sender
from service.callbacks.session import open_session

TOKEN = "12345"


@pytest.fixture
async def owner(database):
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


@pytest.fixture
async def customer():
    async with receiver() as one:
        yield one


@pytest.fixture
async def session():
    async with open_session([ip_network("127.0.0.0/8")]) as opened:
        yield opened


@pytest.fixture
async def new_dispatcher(database, pool, session):
    await pool.execute("INSERT INTO accounts (sid, friendly_name, auth_token) VALUES ($1, '', $2)", AC, TOKEN)
    made = []

    def new():
        made.append(Dispatcher(database, Sender(session, now=time.time), clock=time.monotonic, jitter=lambda: 0.5))
        return made[-1]

    yield new
    for dispatcher in made:
        await dispatcher.drain()


@pytest.fixture
def dispatcher(new_dispatcher):
    return new_dispatcher()


async def make_due(pool):
    await pool.execute("UPDATE pending_deliveries SET due_at = now(), claimed_until = NULL")


async def attempts(pool):
    return [attempt for row in await deliveries(pool) for attempt in row["attempts"]]


async def test_a_failure_is_attempted_again_with_the_same_token_and_holds_back_what_comes_after(
    pool, dispatcher, customer
):
    await owe(pool, customer.url, version=1)
    await owe(pool, customer.url, version=3)
    customer.answer = lambda _: web.Response(status=500)
    assert await turn(dispatcher) == 1
    assert await turn(dispatcher) == 0, "the first waits for its time, the second for the first"
    failed, waiting = await deliveries(pool)
    assert (failed["status"], failed["attempt"]) == ("pending", 1)
    assert timedelta(seconds=3) < failed["next_attempt_at"] - failed["created_at"] < timedelta(seconds=60)
    assert (waiting["attempt"], waiting["next_attempt_at"]) == (0, failed["next_attempt_at"])
    await make_due(pool)
    customer.answer = lambda _: web.Response()
    assert [await turn(dispatcher) for _ in range(3)] == [1, 1, 0]
    assert [received.fields["Version"] for received in customer.received] == ["1", "1", "3"]
    first, again, other = (received.token for received in customer.received)
    assert first == again != other
    assert [made["http_status"] for made in await attempts(pool)] == [500, 200, 200]
    assert {row["status"] for row in await deliveries(pool)} == {"delivered"}


async def test_what_is_given_up_lets_the_next_go(pool, dispatcher, customer):
    await owe(pool, customer.url, version=1)
    await owe(pool, customer.url, version=3)
    customer.answer = lambda received: web.Response(status=410 if received.fields["Version"] == "1" else 200)
    assert [await turn(dispatcher), await turn(dispatcher)] == [1, 1]
    assert [(row["status"], row["next_attempt_at"]) for row in await deliveries(pool)] == [
        ("failed", None),
        ("delivered", None),
    ]


async def test_attempts_are_used_up(pool, dispatcher, customer):
    await owe(pool, f"{customer.url}#rc=1&rp=5xx")
    customer.answer = lambda _: web.Response(status=500)
    for _ in range(3):
        await turn(dispatcher)
        await make_due(pool)
    assert len(customer.received) == 2
    assert [row["status"] for row in await deliveries(pool)] == ["failed"]


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://[::1]/cb", "gopher://example.com/"])
async def test_a_forbidden_target_is_discarded_and_says_why(pool, dispatcher, url):
    await owe(pool, url)
    await turn(dispatcher)
    assert [row["status"] for row in await deliveries(pool)] == ["discarded"]
    assert [(row["http_status"], row["error_code"], bool(row["error"])) for row in await attempts(pool)] == [
        (None, 11210, True)
    ]


async def test_a_lease_that_ran_out_is_taken_over_and_its_late_result_moves_nothing(pool, new_dispatcher, customer):
    await owe(pool, customer.url)
    slow, other = new_dispatcher(), new_dispatcher()
    held, customer.open = customer.open, asyncio.Event()
    customer.answer = lambda received: web.Response(status=410 if received is customer.received[0] else 200)
    await slow.tick()
    await customer.arrived.wait()
    assert await other.tick() == 0, "leased"
    await pool.execute("UPDATE pending_deliveries SET claimed_until = now()")  # as time does
    customer.open, held = held, customer.open
    assert await turn(other) == 1
    held.set()
    await slow.drain()
    assert [(row["status"], row["attempt"]) for row in await deliveries(pool)] == [("delivered", 2)]
    assert [made["http_status"] for made in await attempts(pool)] == [200, 410]
    assert len({received.token for received in customer.received}) == 1


async def test_a_claim_is_committed_before_anything_goes_out_and_outlasts_the_longest_attempt(
    pool, dispatcher, customer
):
    await owe(pool, customer.url)
    customer.open.clear()
    await dispatcher.tick()
    await customer.arrived.wait()
    (row,) = await pool.fetch("SELECT *, claimed_until - now() AS left FROM pending_deliveries")
    assert row["attempt"] == 1
    assert timedelta(seconds=15) < row["left"] < timedelta(seconds=LEASE_SECONDS)
    customer.open.set()
    await dispatcher.drain()


async def test_a_dead_dispatchers_claims_are_put_back_as_soon_as_its_session_is_gone(
    pool, owner, new_dispatcher, customer
):
    await owe(pool, customer.url)
    dead, heir = new_dispatcher(), new_dispatcher()
    customer.open.clear()
    await dead.tick()
    await customer.arrived.wait()
    assert await heir._presence.bury() == 0, "it lives"
    gone = "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND objid::text = $1::text"
    await owner.execute(gone, str(dead._presence.number))
    assert await heir._presence.bury() == 1
    customer.open.set()
    assert await turn(heir) == 1
    assert [(row["status"], row["attempt"]) for row in await deliveries(pool)] == [("delivered", 2)]
    await dead.drain()
    assert await pool.fetchval("SELECT count(*) FROM dispatchers") == 0


async def test_a_host_that_does_not_answer_holds_up_no_other(pool, dispatcher, customer):
    for recording in range(3 * FIRST_WINDOW):
        await owe(pool, customer.url, recording=recording)
    async with receiver() as healthy:
        await owe(pool, healthy.url, recording=1000)
        customer.open.clear()
        assert await dispatcher.tick() == FIRST_WINDOW + 1
        await healthy.arrived.wait()
        assert await dispatcher.tick() == 0, "its share of the slots is taken"
        customer.open.set()
        await dispatcher.drain()
    assert len(customer.received) == FIRST_WINDOW


class Silence:
    """Sends nothing, and answers nothing until it is over."""

    def __init__(self):
        self.over = asyncio.Event()

    async def send(self, _notice, _keys):
        await self.over.wait()
        return Delivered(http_status=200)


async def test_hosts_that_nothing_is_known_of_share_half_of_what_may_be_under_way(pool, dispatcher):
    dispatcher._sender = silence = Silence()
    for recording in range(MOST_UNPROVEN + 10):
        await owe(pool, f"http://host-{recording}.example.com/", recording=recording)
    while await dispatcher.tick():
        pass
    assert dispatcher._hosts.under_way == MOST_UNPROVEN
    silence.over.set()
    await dispatcher.drain()


async def test_dispatchers_beside_each_other_share_the_work_and_end_when_drained(pool, new_dispatcher, customer):
    for recording in range(30):
        for version in (1, 3):
            await owe(pool, customer.url, recording=recording, version=version)
    dispatchers = [new_dispatcher() for _ in range(3)]
    async with asyncio.TaskGroup() as loops:
        for dispatcher in dispatchers:
            loops.create_task(dispatcher.run())
        while len(customer.received) < 60:
            await customer.arrived.wait()
            customer.arrived.clear()
        for dispatcher in dispatchers:
            loops.create_task(dispatcher.drain())
    assert {(row["status"], row["attempt"]) for row in await deliveries(pool)} == {("delivered", 1)}
    versions = {}
    for received in customer.received:
        versions.setdefault(received.fields["RecordingSid"], []).append(received.fields["Version"])
    assert list(versions.values()) == [["1", "3"]] * 30
