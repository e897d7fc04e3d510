"""Deliveries on their way to the customer: order, leases, retries, fences, and what is written down."""

import asyncio
import time
from datetime import timedelta
from ipaddress import ip_network
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import pytest
from aiohttp import web

from facts import AC
from receiver import receiver
from service.callbacks.dispatcher import LEASE_SECONDS, MOST_PER_HOST, MOST_UNDER_WAY, Dispatcher
from service.callbacks.sender import Sender, open_session
from service.postgres.statement import statement

TOKEN = "12345"
CLAIM = statement("service.callbacks", "claim_deliveries")


@pytest.fixture
async def customer():
    async with receiver() as one:
        yield one


@pytest.fixture
async def session():
    async with open_session([ip_network("127.0.0.0/8")]) as opened:
        yield opened


@pytest.fixture
def new_dispatcher(pool, session):
    async def signing_key(account_sid):
        assert account_sid == AC
        return TOKEN

    return lambda: Dispatcher(pool, Sender(session, now=time.time), signing_key=signing_key, jitter=lambda: 0.5)


@pytest.fixture
def dispatcher(new_dispatcher):
    return new_dispatcher()


async def turn(dispatcher):
    claimed = await dispatcher.tick()
    await dispatcher.drain()
    return claimed


async def owe(pool, url, *, recording=1, version=1):
    """Write down a delivery as an append does."""
    token, recording_sid = uuid4(), f"RE{recording:032x}"
    await pool.execute(
        "INSERT INTO deliveries (account_sid, sid, recording_sid, event_version, event, occurred_at, url, method,"
        " parameters, host, idempotency_token) VALUES ($1, $2, $3, $4, 'completed', now(), $5, 'POST', $6, $7, $8)",
        AC,
        f"DL{token.hex}",
        recording_sid,
        version,
        url,
        urlencode({"RecordingSid": recording_sid, "Version": version}),
        urlsplit(url).netloc,
        token,
    )


async def make_due(pool):
    await pool.execute("UPDATE deliveries SET next_attempt_at = now() WHERE status = 'pending'")


async def deliveries(pool):
    return await pool.fetch("SELECT * FROM deliveries ORDER BY recording_sid, event_version")


async def attempts(pool):
    return await pool.fetch("SELECT * FROM delivery_attempts ORDER BY delivery_sid, number")


async def test_a_failure_is_attempted_again_with_the_same_token_and_holds_back_what_comes_after(
    pool, dispatcher, customer
):
    await owe(pool, customer.url, version=1)
    await owe(pool, customer.url, version=3)
    customer.answer = lambda _: web.Response(status=500)
    assert await turn(dispatcher) == 1
    assert await turn(dispatcher) == 0, "the first waits for its time, the second for the first"
    failed, waiting = await deliveries(pool)
    assert (failed["status"], failed["claim_id"]) == ("pending", None)
    assert timedelta(seconds=3) < failed["next_attempt_at"] - failed["created_at"] < timedelta(seconds=60)
    assert waiting["attempts"] == 0
    await make_due(pool)
    customer.answer = lambda _: web.Response()
    assert [await turn(dispatcher) for _ in range(3)] == [1, 1, 0]
    assert [received.fields["Version"] for received in customer.received] == ["1", "1", "3"]
    first, again, other = (received.token for received in customer.received)
    assert first == again != other
    made = [row for row in await attempts(pool) if row["delivery_sid"] == failed["sid"]]
    assert [(row["number"], row["http_status"]) for row in made] == [(1, 500), (2, 200)]
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


async def test_a_dead_processs_claims_are_taken_over_and_its_late_result_moves_nothing(pool, new_dispatcher, customer):
    await owe(pool, customer.url)
    slow, other = new_dispatcher(), new_dispatcher()
    held, customer.open = customer.open, asyncio.Event()
    customer.answer = lambda received: web.Response(status=410 if received is customer.received[0] else 200)
    await slow.tick()
    await customer.arrived.wait()
    assert await other.tick() == 0, "leased"
    await make_due(pool)  # as the end of the lease does
    customer.open, held = held, customer.open
    assert await turn(other) == 1
    held.set()
    await slow.drain()
    assert [(row["status"], row["attempts"]) for row in await deliveries(pool)] == [("delivered", 2)]
    assert [(row["number"], row["http_status"]) for row in await attempts(pool)] == [(1, 410), (2, 200)]
    assert len({received.token for received in customer.received}) == 1


async def test_a_claim_is_committed_before_anything_goes_out_and_outlasts_the_longest_attempt(pool, customer):
    await owe(pool, customer.url)
    (claimed,) = await pool.fetch(CLAIM, 10, 10, LEASE_SECONDS)
    (row,) = await deliveries(pool)
    assert (row["claim_id"], row["attempts"]) == (claimed["claim_id"], 1)
    left = await pool.fetchval("SELECT next_attempt_at - created_at FROM deliveries")
    assert left >= timedelta(seconds=18)
    assert await pool.fetch(CLAIM, 10, 10, LEASE_SECONDS) == []


async def test_a_host_that_does_not_answer_holds_up_no_other(pool, dispatcher, customer):
    for recording in range(3 * MOST_PER_HOST):
        await owe(pool, customer.url, recording=recording)
    async with receiver() as healthy:
        await owe(pool, healthy.url, recording=1000)
        customer.open.clear()
        assert await dispatcher.tick() == MOST_PER_HOST + 1
        await healthy.arrived.wait()
        assert await dispatcher.tick() == 0, "its share of the slots is taken"
        customer.open.set()
        await dispatcher.drain()
    assert len(customer.received) == MOST_PER_HOST


async def test_no_more_than_so_many_are_under_way(pool, dispatcher, customer):
    for recording in range(MOST_UNDER_WAY + 10):
        await owe(pool, f"http://127.0.0.{recording + 2}:{customer.port}/", recording=recording)
    assert await dispatcher.tick() == MOST_UNDER_WAY
    assert await dispatcher.tick() == 0
    await dispatcher.drain()
    assert await turn(dispatcher) == 10


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
    assert {(row["status"], row["attempts"]) for row in await deliveries(pool)} == {("delivered", 1)}
    versions = {}
    for received in customer.received:
        versions.setdefault(received.fields["RecordingSid"], []).append(received.fields["Version"])
    assert list(versions.values()) == [["1", "3"]] * 30
