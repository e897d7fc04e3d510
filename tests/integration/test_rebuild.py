"""Read models made anew beside the live ones: whatever was done to them, afterwards they are what the log says."""

import asyncio
import random
from functools import partial

import asyncpg
import pytest

from facts import AC, AT
from folded import unlike_the_domain
from histories import change, live_through
from service.application.handler import CommandHandler
from service.application.identifiers import new_ordered_sid
from service.postgres.pool import DATABASE_LOST
from service.projections.rebuild import rebuild
from service.projections.registry import PROJECTIONS
from service.projections.verify import differences, differing_recordings
from stores import postgres_store

OTHER = "AC" + "b" * 32
RECORDINGS, USAGE = PROJECTIONS["recordings"], PROJECTIONS["usage"]


@pytest.fixture
def handler(pool):
    return CommandHandler(postgres_store(pool), lambda *_: [])


@pytest.fixture
async def recordings(handler):
    return await live_through(handler, AC, 6)


@pytest.fixture
async def owner(database):
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


async def test_rows_changed_lost_and_invented_are_listed_and_put_right(database, owner, pool, recordings):
    changed, lost, deleted_in_vain, *_ = recordings
    invented = new_ordered_sid("RE", AT)
    await owner.execute("UPDATE recordings SET live_status = 'paused', duration = 3 WHERE sid = $1", changed)
    await owner.execute("DELETE FROM recordings WHERE sid = $1", lost)
    await owner.execute("UPDATE recordings SET deleted_at = now() - interval '50 days' WHERE sid = $1", deleted_in_vain)
    invent = "INSERT INTO recordings (account_sid, sid, version, live_status, date_updated) VALUES ($1, $2, 1, 'x', $3)"
    await owner.execute(invent, AC, invented, AT)
    wrong = sorted([changed, lost, deleted_in_vain, invented])
    assert await differing_recordings(database) == wrong
    done = await rebuild(database, RECORDINGS, compares=True)
    assert sorted(one.key for one in done.differing) == wrong
    assert await differing_recordings(database) == []
    assert await unlike_the_domain(pool) == []
    assert (await rebuild(database, RECORDINGS, compares=True)).differing == []


async def test_what_was_deleted_more_than_40_days_ago_stays_out(database, pool, owner, handler):
    deleted, *_ = await live_through(handler, AC, 2, steps=6)
    await owner.execute("SET session_replication_role = replica")  # the log refuses every change, this one too
    late = "UPDATE events SET recorded_at = now() - interval '41 days' WHERE type = 'deleted' AND recording_sid = $1"
    await owner.execute(late, deleted)
    await owner.execute("DELETE FROM recordings WHERE sid = $1", deleted)
    assert (await rebuild(database, RECORDINGS, compares=True)).differing == []
    assert await unlike_the_domain(pool, long_deleted=frozenset([deleted])) == []
    assert await owner.fetchval("SELECT count(*) FROM recordings") == 1


@pytest.mark.parametrize("name", PROJECTIONS)
async def test_all_that_belongs_to_the_table_is_as_it_was(database, owner, recordings, name):
    await owner.execute("CREATE ROLE reader_of_tables")
    try:
        for table in PROJECTIONS[name].tables:
            await owner.execute(f"GRANT SELECT ON {table.name} TO reader_of_tables WITH GRANT OPTION")
            await owner.execute(f"GRANT UPDATE (account_sid) ON {table.name} TO PUBLIC")
            await owner.execute(f"ALTER TABLE {table.name} SET (fillfactor = 90)")
        before = [await described(owner, table.name) for table in PROJECTIONS[name].tables]
        await rebuild(database, PROJECTIONS[name])
        assert [await described(owner, table.name) for table in PROJECTIONS[name].tables] == before
        assert await owner.fetch("SELECT relname FROM pg_class WHERE relname LIKE '%rebuilt%'") == []
        assert await owner.fetch("SELECT FROM rebuilds") == []
        assert await owner.fetch("SELECT FROM projection_checkpoints WHERE projection LIKE '%:%'") == []
    finally:
        await owner.execute("DROP OWNED BY reader_of_tables")
        await owner.execute("DROP ROLE reader_of_tables")


async def described(owner, table):
    """Return all that the catalogue says of a table but its number."""
    facts = {
        "pg_indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = $1",
        "pg_constraint": "SELECT conname, contype::text, conkey FROM pg_constraint WHERE conrelid = to_regclass($1)",
        "pg_attribute": (
            "SELECT attnum, attname, atttypid, attnotnull, attacl::text[]::text FROM pg_attribute"
            " WHERE attrelid = $1::text::regclass AND attnum > 0"
        ),
        "pg_class": "SELECT relowner, reloptions::text, relkind, relpersistence FROM pg_class WHERE relname = $1",
        "grants": "SELECT unnest(relacl)::text FROM pg_class WHERE relname = $1",
    }
    return {name: sorted(map(tuple, await owner.fetch(fact, table))) for name, fact in facts.items()}


async def test_writers_go_on_during_rebuilds_of_all_at_once_and_nothing_is_lost(database, pool, handler, recordings):
    wrong = await owner_changes(database)
    rebuilds = asyncio.gather(*(rebuild(database, one, compares=True, chunk=40) for one in [*PROJECTIONS.values()] * 3))
    writers = (change(handler, account, [*recordings], rebuilds.done, n) for n, account in enumerate((AC, OTHER, AC)))
    done, *_ = await asyncio.wait_for(asyncio.gather(rebuilds, *writers), 120)
    assert [difference.key for one in done for difference in one.differing] == [wrong]  # by the first, and by no other
    assert await unlike_the_domain(pool) == []
    for projection in PROJECTIONS.values():
        assert await differences(database, projection) == []


async def owner_changes(database):
    owner = await asyncpg.connect(database)
    sid = await owner.fetchval(
        "UPDATE recordings SET duration = 99 WHERE sid = (SELECT max(sid) FROM recordings) RETURNING sid"
    )
    await owner.close()
    return sid


async def test_who_reads_for_long_holds_up_the_swap_and_the_swap_holds_up_nobody(
    database, owner, pool, handler, recordings
):
    told = []
    async with owner.transaction():
        assert await owner.fetchval("SELECT count(*) FROM recordings") == 6
        under_way = asyncio.create_task(rebuild(database, RECORDINGS, told=told.append))
        while not any("waiting to swap" in one.doing for one in told):
            await asyncio.wait_for(live_through(handler, AC, 2), 30)
            assert await asyncio.wait_for(pool.fetchval("SELECT count(*) FROM recordings"), 30) > 6
        assert not under_way.done()
    await under_way
    assert await unlike_the_domain(pool) == []


async def test_ended_at_ten_random_moments_under_load_it_goes_on(database, owner, pool, handler):
    choose, stopped = random.Random(3), asyncio.Event()  # noqa: S311 - moments
    sids = await live_through(handler, AC, 60) + await live_through(handler, OTHER, 60)
    writing = asyncio.create_task(change(handler, AC, sids[:60], stopped.is_set))
    ended = resumed = 0
    while ended < 10:
        now, steps = asyncio.Event(), iter([None] * choose.randrange(25))
        told = partial(at_the_end_of, steps, now.set)
        under_way = asyncio.create_task(rebuild(database, RECORDINGS, compares=True, chunk=40, told=told))
        await asyncio.wait({asyncio.create_task(now.wait()), under_way}, return_when=asyncio.FIRST_COMPLETED)
        await owner.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'recordkeeper rebuild'"
            " AND datname = current_database()"
        )
        now.set()
        try:
            resumed += (await under_way).resumed
        except DATABASE_LOST:
            ended += 1
    done = await rebuild(database, RECORDINGS, compares=True)
    stopped.set()
    assert await writing > 0
    assert resumed + done.resumed > 0
    assert done.differing == []
    assert await unlike_the_domain(pool) == []


def at_the_end_of(steps, then, _progress):
    if next(steps, then) is then:
        then()
