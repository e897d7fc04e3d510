"""What is deleted when an account keeps it no longer, what is purged after that, and what a hold keeps from both."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from structlog.testing import capture_logs

from facts import AC, AT
from holding import METADATA, Process, while_a_hold_is_placed
from service.application.accounts import Accounts
from service.domain.account import SetRetention
from service.domain.refusals import RecordingNotFound
from service.projections.rebuild import rebuild
from service.projections.registry import PROJECTIONS
from service.projections.verify import differences, first_unknown
from service.retention.expiry import Expiry
from service.retention.purge import Purge
from stores import append, postgres_store


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def process(pool):
    await Accounts(pool, lambda: 0.0).create(sid=AC, auth_token=None, friendly_name="")
    return Process(pool)


@pytest.fixture
def purge(pool):
    return Purge(pool, 0)


@pytest.fixture
def expiry(pool, process):
    return Expiry(pool, process.handler, now)


async def aged(process: Process, days: int) -> str:
    sid = await process.completed()
    query = "UPDATE recordings SET date_updated = now() - make_interval(days => $2) WHERE sid = $1"
    await process.pool.execute(query, sid, days)
    return sid


async def keep(process: Process, days: int | None) -> None:
    await process.policies.handle(AC, SetRetention(at=AT, delete_after_days=days), METADATA)


async def test_what_was_completed_too_long_ago_is_deleted_and_what_is_held_is_not(process, expiry, pool):
    old, held, young = await aged(process, 8), await aged(process, 8), await aged(process, 6)
    await process.hold(held)
    assert await expiry.tick() == 0
    await keep(process, 7)
    assert (await expiry.tick(), await expiry.tick()) == (1, 0)
    assert (await process.types(old))[-1] == "deleted"
    assert [(await process.types(sid))[-1] for sid in (held, young)] == ["held", "completed"]
    actor = await pool.fetchrow("SELECT actor_sid, actor_role FROM events WHERE type = 'deleted'")
    assert tuple(actor) == (None, "system")
    await process.release(held)
    assert await expiry.tick() == 1
    await keep(process, None)
    await aged(process, 1000)
    assert await expiry.tick() == 0


async def test_an_account_under_hold_keeps_everything_until_it_is_released(process, expiry):
    await keep(process, 7)
    await process.hold()
    sid = await aged(process, 8)
    assert await expiry.tick() == 0
    await process.release()
    assert await expiry.tick() == 1
    assert (await process.types(sid))[-1] == "deleted"


async def test_several_processes_delete_each_recording_once(process, pool):
    sids = [await aged(process, 8) for _ in range(30)]
    await keep(process, 7)
    expiries = [Expiry(pool, Process(pool).handler, now) for _ in range(3)]
    assert sum(await asyncio.gather(*(expiry.tick() for expiry in expiries))) == 30
    assert [(await process.types(sid)).count("deleted") for sid in sids] == [1] * 30


@pytest.mark.parametrize("on_account", [False, True])
async def test_a_held_recording_is_not_purged_and_the_refusal_is_on_record_once_a_hold(
    process, purge, expiry, on_account
):
    sid, other = await process.deleted(39), await process.deleted(39)
    held = None if on_account else sid
    await process.hold(held)
    await process.pool.execute("UPDATE recordings SET deleted_at = deleted_at - interval '2 days'")
    assert await purge.tick() == (0 if on_account else 1)
    assert await process.rows() == ({sid, other} if on_account else {sid})
    assert (await expiry.tick(), await expiry.tick()) == ((2, 0) if on_account else (1, 0))
    await process.release(held)
    if on_account:
        await process.hold(held)
        assert (await expiry.tick(), await expiry.tick()) == (2, 0)
        await process.release(held)
    assert (await purge.tick(), await process.rows()) == (2 if on_account else 1, set())
    assert (await process.types(sid)).count("refused") == (2 if on_account else 1)


async def test_what_may_be_purged_at_any_moment_can_not_be_held_any_more(process):
    sid = await process.deleted(41)
    for call in (process.hold(sid), process.release(sid), process.holds.find(AC, sid)):
        with pytest.raises(RecordingNotFound):
            await call
    assert (await process.types(sid))[-1] == "deleted"


async def test_the_key_of_a_callbacks_url_goes_with_the_recording_and_stays_under_a_hold(process, purge, pool):
    gone, kept = await process.deleted(39), await process.deleted(39)
    await process.hold(kept)
    await pool.execute("UPDATE recordings SET deleted_at = deleted_at - interval '2 days'")
    for sid in (gone, kept):
        await pool.execute("INSERT INTO stream_keys VALUES ($1, $2, 'key')", AC, sid)
    await purge.tick()
    assert [row["recording_sid"] for row in await pool.fetch("SELECT recording_sid FROM stream_keys")] == [kept]


async def test_a_purge_waits_for_a_hold_that_is_being_placed(process, purge, pool):
    sid = await process.deleted(41)
    assert await while_a_hold_is_placed(pool, purge.tick()) == 0
    assert await process.rows() == {sid}


async def test_a_rebuild_keeps_what_a_hold_keeps_and_brings_back_nothing_that_was_purged(
    process, purge, database, pool
):
    _, held = await process.deleted(0), await process.deleted(0)
    await process.hold(held)
    await pool.execute("UPDATE recordings SET deleted_at = deleted_at - interval '41 days'")
    await purge.tick()
    assert await process.rows() == {held}
    await process.hold()
    await age_log(database)
    await rebuild(database, PROJECTIONS["recordings"])
    assert await process.rows() == {held}


@pytest.mark.parametrize("is_lost", [False, True])
async def test_a_rebuild_keeps_what_the_purge_has_yet_to_take_with_its_key(process, purge, database, pool, is_lost):
    """Also where its row was lost: without it nothing would tell the purge that there is a key to destroy."""
    due, gone = await process.deleted(0), await process.deleted(0)
    await pool.execute("INSERT INTO stream_keys VALUES ($1, $2, 'key')", AC, due)
    await age_log(database)
    await pool.execute("DELETE FROM recordings WHERE sid = $1 OR $2", gone, is_lost)
    assert [one.key for one in await differences(database, PROJECTIONS["recordings"])] == [due]
    await rebuild(database, PROJECTIONS["recordings"])
    assert await process.rows() == {due}
    assert await purge.tick() == 1
    assert await pool.fetchval("SELECT count(*) FROM stream_keys") == 0
    await rebuild(database, PROJECTIONS["recordings"])
    assert await process.rows() == set()


async def age_log(database: str) -> None:
    """Have every deletion 41 days ago; the holds are as they were."""
    owner = await asyncpg.connect(database)
    await owner.execute("SET session_replication_role = replica")  # the log refuses every change, this one too
    await owner.execute("UPDATE events SET recorded_at = recorded_at - interval '41 days' WHERE type = 'deleted'")
    await owner.execute("UPDATE account_policies SET held_at = now()")
    await owner.close()


async def test_an_event_of_a_later_version_holds_up_its_recording_alone(process, expiry, pool):
    await keep(process, 7)
    sids = [await aged(process, 8) for _ in range(3)]
    held_back = await process.deleted(39)
    await process.hold(held_back)
    await pool.execute("UPDATE recordings SET deleted_at = deleted_at - interval '2 days' WHERE sid = $1", held_back)
    for sid in (sids[0], held_back):
        await postgres_store(pool).append(append(AC, sid, len(await process.types(sid)), "whispered"))
    await pool.execute("UPDATE recordings SET date_updated = now() - interval '9 days' WHERE sid = $1", sids[0])
    with capture_logs() as logs:
        await expiry._catch_up()
        await expiry._catch_up()
    assert [(await process.types(sid))[-1] for sid in sids] == ["whispered", "deleted", "deleted"]
    said = {(line["event"], line["log_level"], line["recording"]) for line in logs}
    assert said == {("expiry.passed_over", "error", sid) for sid in (sids[0], held_back)}
    assert len(logs) == 3, "what a hold keeps is looked at once an hour"


async def test_what_a_hold_keeps_is_looked_at_once_an_hour(process, pool):
    clock = [now()]
    expiry, sid = Expiry(pool, process.handler, lambda: clock[0]), await process.deleted(39)
    await process.hold(sid)
    await expiry._catch_up()
    await pool.execute("UPDATE recordings SET deleted_at = deleted_at - interval '2 days'")
    for minutes, last in ((59, "held"), (60, "refused")):
        clock[0] += timedelta(minutes=minutes)
        await expiry._catch_up()
        assert (await process.types(sid))[-1] == last


async def test_an_event_of_a_later_version_in_an_accounts_stream_is_named(process, pool):
    await keep(process, 7)
    await postgres_store(pool).append(append(AC, AC, 1, "whispered"))
    assert tuple(await first_unknown(pool)) == (AC, 2, "whispered", 1)
