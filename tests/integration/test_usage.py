"""Usage by day: it follows the log, however late a commit, and stops loudly at what it does not know."""

import asyncio
from datetime import date, timedelta

import asyncpg
import pytest
import structlog

from facts import AC, AT, START
from folded import unlike_the_domain, usage_by_the_domain
from histories import change, live_through
from service.application.codec import encode
from service.application.handler import CommandHandler
from service.application.identifiers import new_ordered_sid
from service.eventstore.event import Append, Envelope, NewEvent
from service.projections.follow import Follower, ProjectionStopped
from service.projections.projection import Projection, Table
from service.projections.rebuild import rebuild
from service.projections.registry import PROJECTIONS
from service.projections.usage import Usage
from service.projections.verify import differences
from stores import postgres_store

OTHER = "AC" + "b" * 32
USAGE = PROJECTIONS["usage"]


@pytest.fixture
def handler(pool):
    return CommandHandler(postgres_store(pool), lambda *_: [])


@pytest.fixture
def follower(pool):
    return Follower(pool, USAGE)


async def caught_up(follower, batch=5000):
    while await follower.tick(batch):
        pass


async def stored(pool):
    names = ("started", "completed", "absent", "deleted", "seconds_recorded", "seconds_paused")
    return {
        (row["account_sid"], row["day"]): {name: float(row[name]) for name in names if row[name]}
        for row in await pool.fetch("TABLE usage")
    }


async def test_a_day_in_numbers(pool, handler, follower):
    await live_through(handler, AC, 3, steps=5)
    await caught_up(follower)
    [day] = (await Usage(pool).page(AC, None, None, None, 50)).rows
    assert (day.day, day.started, day.completed, day.absent, day.deleted) == (date(2026, 11, 22), 3, 3, 0, 0)
    assert (day.seconds_recorded, day.seconds_paused) == (45, 3)  # each was paused for a second of these 15
    assert (day.duration_median, day.duration_p95) == (15, 15)
    assert 0 < day.finishing_median <= day.finishing_p95 < 60
    assert (day.delivered, day.failed, day.discarded, day.pending) == (0, 0, 0, 0)


async def test_it_comes_to_what_the_domain_makes_of_the_log_by_batches_and_rebuilt(database, pool, handler, follower):
    left = iter(range(2000))
    await live_through(handler, OTHER, 5)
    writing = asyncio.create_task(change(handler, AC, [new_ordered_sid("RE", AT)], lambda: next(left, None) is None))
    while not writing.done():
        await follower.tick(37)
        await asyncio.sleep(0.01)
    await caught_up(follower, 37)
    assert await stored(pool) == await usage_by_the_domain(pool)
    assert len(await stored(pool)) > 2
    assert await differences(database, USAGE) == []
    assert (await rebuild(database, USAGE, compares=True)).differing == []
    assert await stored(pool) == await usage_by_the_domain(pool)


async def test_numbers_that_were_changed_are_found_listed_and_put_right(database, pool, handler, follower):
    sids = await live_through(handler, AC, 3)
    await caught_up(follower)
    await pool.execute("UPDATE usage SET started = 99")
    await pool.execute("UPDATE usage_recordings SET duration = 1 WHERE sid = $1", sids[0])
    wrong = [("usage_recordings", sids[0]), ("usage", "2026-11-22")]
    assert [(one.table, one.key) for one in await differences(database, USAGE)] == wrong
    done = await rebuild(database, USAGE, compares=True)
    assert [(one.table, one.key) for one in done.differing] == wrong
    assert await differences(database, USAGE) == []
    assert await stored(pool) == await usage_by_the_domain(pool)


async def test_what_is_behind_is_not_called_wrong(database, handler, follower):
    await live_through(handler, AC, 3)
    await caught_up(follower)
    await live_through(handler, AC, 3)
    assert await differences(database, USAGE) == []


async def test_an_event_committed_late_is_taken_in(database, pool, handler, follower):
    """Neither a transaction that was open long before others nor one that is open still hides anything."""
    await live_through(handler, OTHER, 1)
    late = await asyncpg.connect(database)
    async with late.transaction():
        await late.fetchval("SELECT pg_current_xact_id()")
        await live_through(handler, AC, 2)
        await caught_up(follower)
        assert (await stored(pool))[AC, AT.date()]["started"] == 2
        event = canonical()
        await late.execute("SELECT item FROM append_events($1, ARRAY[0], ARRAY[$2])", "AC" + "c" * 32, event)
        await live_through(handler, AC, 1)
        await caught_up(follower)
    await caught_up(follower)
    assert await stored(pool) == await usage_by_the_domain(pool)
    await late.close()


def canonical():
    name, schema, data = encode(START.facts)
    envelope = Envelope(call_sid=None, conference_sid=None, actor_sid=AC, actor_role="account", request_id="RQ1")
    event = NewEvent(type=name, schema=schema, data=data, occurred_at=AT)
    stream = new_ordered_sid("RE", AT)
    whole = Append(account_sid="AC" + "c" * 32, stream=stream, expected_version=0, events=[event], envelope=envelope)
    return whole.canonical()[0]


async def append_unknown(pool, stream, version=0, type_="whispered"):
    envelope = Envelope(call_sid=None, conference_sid=None, actor_sid=AC, actor_role="account", request_id="RQ1")
    event = NewEvent(type=type_, schema=1, data={}, occurred_at=AT)
    await postgres_store(pool).append(
        Append(account_sid=AC, stream=stream, expected_version=version, events=[event], envelope=envelope)
    )


async def test_a_type_unknown_to_this_version_stops_what_meets_it_loudly_and_nothing_else(
    database, pool, handler, follower
):
    await live_through(handler, AC, 1)
    await append_unknown(pool, new_ordered_sid("RE", AT))
    with structlog.testing.capture_logs() as logs:
        for _ in range(2):
            await follower._catch_up()
    assert logs == [
        {
            "event": "projection.stopped",
            "log_level": "error",
            "projection": "usage",
            "account_sid": AC,
            "position": 6,
            "type": "whispered",
            "schema": 1,
        }
    ]
    for projection in PROJECTIONS.values():
        with pytest.raises(ProjectionStopped, match=r"'whispered', schema 1, as at position 6 of AC"):
            await rebuild(database, projection)
    assert len(await live_through(handler, AC, 2)) == 2
    assert await pool.fetchval("SELECT count(*) FROM recordings") == 4


async def test_streams_of_accounts_are_no_recordings(database, pool, handler, follower):
    await live_through(handler, AC, 1)
    await pool.fetch(
        "SELECT item FROM append_events($1, ARRAY[0], ARRAY[$2])",
        AC,
        canonical().replace('"RE', '"AC').replace('"started"', '"ruled"'),
    )
    await caught_up(follower)
    assert (await stored(pool))[AC, AT.date()]["started"] == 1
    for projection in PROJECTIONS.values():
        await rebuild(database, projection)
        assert await differences(database, projection) == []
    assert await unlike_the_domain(pool) == []


async def test_callbacks_are_counted_by_the_day_of_their_event(pool, handler, follower):
    await live_through(handler, AC, 2, steps=1)
    await caught_up(follower)
    owed = (
        "INSERT INTO {table} (account_sid, recording_sid, event_version, sid, event, occurred_at, url, method,"
        " parameters, host, idempotency_token{more}) SELECT $1, 'RE1', 1, 'DL' || n, 'completed', $2, '', 'POST', '',"
        " '', gen_random_uuid(){values} FROM generate_series($3::integer, $4) AS n"
    )
    settled = owed.format(
        table="settled_deliveries",
        more=", is_fallback, created_at, attempt, attempts, status",
        values=", false, now(), 1, '[]', $5",
    )
    for number, status in enumerate(("delivered", "failed", "discarded")):
        await pool.execute(settled, AC, AT, 10 * number, 10 * number + number, status)
    await pool.execute(owed.format(table="pending_deliveries", more="", values=""), AC, AT + timedelta(hours=2), 90, 93)
    usage = Usage(pool)
    assert await usage.count_callbacks() == 1
    [day] = (await usage.page(AC, None, None, None, 50)).rows
    assert (day.delivered, day.failed, day.discarded, day.pending) == (1, 2, 3, 4)
    await pool.execute("DELETE FROM pending_deliveries")
    await usage.count_callbacks()
    [day] = (await usage.page(AC, None, None, None, 50)).rows
    assert (day.delivered, day.pending) == (1, 0)


async def test_a_rebuild_of_everything_touches_no_callback(database, pool, handler):
    await live_through(handler, AC, 2)
    await pool.execute(
        "INSERT INTO pending_deliveries (account_sid, recording_sid, event_version, sid, event, occurred_at, url,"
        " method, parameters, host, idempotency_token) VALUES ($1, 'RE1', 1, 'DL1', 'completed', $2, '', 'POST', '',"
        " '', gen_random_uuid())",
        AC,
        AT,
    )
    rows = "SELECT ctid::text, xmin::text, pending_deliveries::text FROM pending_deliveries"
    before = await pool.fetch(rows)
    for projection in PROJECTIONS.values():
        await rebuild(database, projection, compares=True)
    assert await pool.fetch(rows) == before
    assert await pool.fetchval("SELECT count(*) FROM settled_deliveries") == 0
    may = (
        "SELECT bool_or(has_table_privilege('recordkeeper_projector', name, right_to)) FROM unnest($1::text[]) AS name,"
    )
    tables = ["pending_deliveries", "settled_deliveries", "deliveries", "dispatchers", "usage_callbacks"]
    assert not await pool.fetchval(f"{may} unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS right_to", tables)
    reads = "SELECT has_column_privilege('recordkeeper_projector', 'stream_keys', $1, 'SELECT')"
    assert [await pool.fetchval(reads, name) for name in ("recording_sid", "key")] == [True, False]


async def test_a_new_projection_is_a_statement_and_a_line(database, pool, handler, monkeypatch):
    owner = await asyncpg.connect(database)
    await owner.execute(
        "CREATE TABLE pauses (account_sid text, sid text, version integer, pauses int, PRIMARY KEY (account_sid, sid));"
        "GRANT ALL ON pauses TO recordkeeper_projector, recordkeeper_service"
    )
    project = (
        "INSERT INTO pauses AS live (account_sid, sid, version, pauses)\n"
        "SELECT account_sid, recording_sid, max(version), count(*) FILTER (WHERE type = 'paused')\nFROM appended\n"
        "GROUP BY account_sid, recording_sid\n"
        "ON CONFLICT (account_sid, sid) DO UPDATE SET version = excluded.version, pauses = excluded.pauses\n"
        "RETURNING live.*"
    )
    monkeypatch.setattr(Projection, "text", property(lambda _: project))
    pauses = Projection(name="pauses", fold="project_pauses", table=Table(name="pauses"))
    await live_through(handler, AC, 3)
    await caught_up(Follower(pool, pauses))
    assert await pool.fetchval("SELECT sum(pauses) FROM pauses") == 3
    await owner.execute("UPDATE pauses SET pauses = 7")
    assert len((await rebuild(database, pauses, compares=True)).differing) == 3
    assert await differences(database, pauses) == []
    await owner.close()
