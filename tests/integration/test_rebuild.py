"""The read model made anew: whatever was done to it, afterwards it is what the log says."""

import asyncio

import asyncpg
import pytest

from facts import AC, AT
from service.application.identifiers import new_ordered_sid
from service.projections.rebuild import rebuild_recordings
from service.projections.verify import differing_recordings
from stores import append, postgres_store


@pytest.fixture
async def recordings(pool):
    store = postgres_store(pool)
    sids = [new_ordered_sid("RE", AT) for _ in range(6)]
    await asyncio.gather(*(store.append(append(AC, sid, 0, "started", "stopped", "completed")) for sid in sids))
    return sids


@pytest.fixture
async def owner(database):
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


async def test_rows_changed_lost_and_invented_are_put_right(database, owner, recordings):
    changed, lost, deleted_in_vain, *_ = recordings
    invented = new_ordered_sid("RE", AT)
    await owner.execute("UPDATE recordings SET live_status = 'paused', duration = 3 WHERE sid = $1", changed)
    await owner.execute("DELETE FROM recordings WHERE sid = $1", lost)
    await owner.execute("UPDATE recordings SET deleted_at = now() - interval '50 days' WHERE sid = $1", deleted_in_vain)
    invent = "INSERT INTO recordings (account_sid, sid, version, live_status, date_updated) VALUES ($1, $2, 1, 'x', $3)"
    await owner.execute(invent, AC, invented, AT)
    assert sorted(await differing_recordings(database)) == sorted([changed, lost, deleted_in_vain, invented])
    assert await rebuild_recordings(database) == 4
    assert await differing_recordings(database) == []
    assert [row["sid"] for row in await owner.fetch("SELECT sid FROM recordings ORDER BY sid")] == sorted(recordings)
    assert await rebuild_recordings(database) == 0


async def test_what_was_deleted_more_than_40_days_ago_stays_out(database, pool, owner, recordings):
    await postgres_store(pool).append(append(AC, recordings[0], 3, "deleted"))
    await owner.execute("SET session_replication_role = replica")  # the log refuses every change, this one too
    await owner.execute("UPDATE events SET recorded_at = now() - interval '41 days' WHERE type = 'deleted'")
    await owner.execute("DELETE FROM recordings WHERE sid = $1", recordings[0])
    assert await rebuild_recordings(database) == 0
    assert await owner.fetchval("SELECT count(*) FROM recordings") == 5


async def test_appends_during_a_rebuild_are_neither_lost_nor_held_up_for_ever(database, pool, recordings):
    store = postgres_store(pool)
    sids = [new_ordered_sid("RE", AT) for _ in range(40)]

    async def record(sid: str) -> None:
        for version, name in enumerate(("started", "paused", "resumed", "stopped", "completed")):
            await store.append(append(AC, sid, version, name))

    await asyncio.wait_for(asyncio.gather(*map(record, sids), *(rebuild_recordings(database) for _ in range(3))), 60)
    assert await differing_recordings(database) == []


async def test_readers_go_on_while_it_waits(database, owner, pool, recordings):
    async with owner.transaction():
        await owner.execute("LOCK TABLE recordings IN ROW EXCLUSIVE MODE")
        rebuilding = asyncio.create_task(rebuild_recordings(database))
        waiting = "SELECT count(*) FROM pg_locks WHERE mode = 'ExclusiveLock' AND relation = 'recordings'::regclass"
        while not await pool.fetchval(waiting):  # noqa: ASYNC110 - the lock is in the database
            await asyncio.sleep(0.01)
        assert await asyncio.wait_for(pool.fetchval("SELECT count(*) FROM recordings"), 5) == 6
        assert not rebuilding.done()
    assert await rebuilding == 0
