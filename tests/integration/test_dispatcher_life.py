"""Dispatchers that stall, break, die and end, and what they leave to each other."""

import asyncio
import time
from datetime import timedelta

import asyncpg
import pytest
from aiohttp import web

from owing import attempts, deliveries, owe, turn
from receiver import receiver
from service.callbacks import presence
from service.callbacks.presence import LEASE_SECONDS

GONE = "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND objid::text = $1::text"


async def break_session(owner, dispatcher):
    await owner.execute(GONE, str(dispatcher._presence.number))
    while not dispatcher._presence._session.is_closed():  # noqa: ASYNC110 - the library tells nobody
        await asyncio.sleep(0.01)


@pytest.fixture
async def owner(database):
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


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
    await break_session(owner, dead)
    assert await heir._presence.bury() == 1
    customer.open.set()
    assert await turn(heir) == 1
    assert [(row["status"], row["attempt"]) for row in await deliveries(pool)] == [("delivered", 2)]
    await dead.drain()
    assert await pool.fetchval("SELECT count(*) FROM dispatchers") == 0


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


async def test_a_session_that_breaks_costs_no_claim(pool, owner, new_dispatcher, customer):
    await owe(pool, customer.url)
    one = new_dispatcher()
    customer.open.clear()
    running = asyncio.create_task(one.run())
    await customer.arrived.wait()
    number = one._presence.number
    await break_session(owner, one)
    assert await one._presence.bury() == 0
    assert one._presence.number == number
    heir = new_dispatcher()
    assert await heir._presence.bury() == 0, "the lock is held again"
    customer.open.set()
    await one.drain()
    await running
    assert [(row["status"], row["attempt"], len(row["attempts"])) for row in await deliveries(pool)] == [
        ("delivered", 1, 1)
    ]
    assert len(customer.received) == 1


async def test_peers_whose_sessions_broke_together_have_time_to_come_back(
    pool, owner, new_dispatcher, customer, monkeypatch
):
    await owe(pool, customer.url)
    one, other = new_dispatcher(), new_dispatcher()
    customer.open.clear()
    await one.tick()
    await customer.arrived.wait()
    await other.tick()
    for dispatcher in (one, other):
        await break_session(owner, dispatcher)
    assert await other._presence.bury() == 0, "the other may be on its way"
    monkeypatch.setattr(presence, "BACK_SECONDS", 0.0)
    await break_session(owner, other)
    assert await other._presence.bury() == 1, "it did not come"
    customer.open.set()
    await one.drain()
    await other.drain()


async def test_results_are_written_while_the_last_attempt_is_waited_for(pool, new_dispatcher, customer):
    dispatcher = new_dispatcher()
    async with receiver() as slow:
        slow.open.clear()
        await owe(pool, slow.url, recording=1)
        await owe(pool, customer.url, recording=2)
        running = asyncio.create_task(dispatcher.run())
        await slow.arrived.wait()
        draining = asyncio.create_task(dispatcher.drain())
        async with asyncio.timeout(10):
            while not await pool.fetchval("SELECT count(*) FROM settled_deliveries"):  # noqa: ASYNC110 - it is in the database
                await asyncio.sleep(0.05)
        assert not draining.done()
        slow.open.set()
        await draining
        await running
    assert {row["status"] for row in await deliveries(pool)} == {"delivered"}


async def test_what_was_claimed_before_a_standstill_is_not_sent(pool, new_dispatcher, customer):
    await owe(pool, customer.url)
    stood = 0.0
    dispatcher = new_dispatcher(lambda: time.monotonic() + stood)
    claim = dispatcher._presence.claim

    async def claim_and_stand_still(*room):
        nonlocal stood
        rows = await claim(*room)
        stood = LEASE_SECONDS
        return rows

    dispatcher._presence.claim = claim_and_stand_still
    assert await turn(dispatcher) == 1
    assert customer.received == []
    assert [(row["status"], row["attempts"]) for row in await deliveries(pool)] == [("pending", [])]
