"""Legal holds over the real log: nothing gets past one, whoever is first, and the read models say what the log says."""

import asyncio
import random

import pytest

from facts import AC, AT, DELETE, PAUSE, START
from holding import METADATA, Process
from service.application.idempotency import IdempotencyKey, IdempotencyKeys
from service.application.identifiers import new_ordered_sid
from service.audit.hash_chain import first_breaks
from service.domain.account import HoldAccount, ReleaseAccount, SetRetention
from service.domain.events import RecordingDeleted, RecordingRefused
from service.domain.values import HeldRequest, HoldScope
from service.projections.policies import differing_policies, rebuild_policies
from service.projections.verify import differing_recordings


@pytest.fixture
def process(pool):
    return Process(pool)


async def test_a_held_recording_is_deleted_after_its_release_alone(process, database, pool):
    sid = await process.completed()
    before = await pool.fetchrow("SELECT live_status, date_updated FROM recordings")
    await process.hold(sid)
    refused = RecordingRefused(request=HeldRequest.DELETE, under=HoldScope.RECORDING, hold=4)
    assert (await process.do(sid, DELETE)).events == (refused,)
    assert await pool.fetchrow("SELECT live_status, date_updated FROM recordings") == before
    assert (await process.holds.over(AC, sid)).reference == "case-7"
    assert [hold.stream for hold in await process.holds.all()] == [sid]
    await process.release(sid)
    assert (await process.do(sid, DELETE)).events == (RecordingDeleted(),)
    assert await process.types(sid) == ["started", "stopped", "completed", "held", "refused", "released", "deleted"]
    assert await differing_recordings(database) == []
    assert await process.holds.all() == []


async def test_of_a_hold_on_the_account_and_deletions_at_the_same_time_none_comes_after_it(process, pool):
    other, sids = Process(pool), [await process.completed() for _ in range(40)]

    async def hold() -> None:
        await asyncio.sleep(0)
        await other.hold()

    deletions = (one.do(sid, DELETE) for sid, one in zip(sids, [process, other] * 20, strict=True))
    await asyncio.gather(*deletions, hold())
    query = "SELECT type, position FROM events WHERE type IN ('deleted', 'refused', 'account-held') ORDER BY position"
    types = [row["type"] for row in await pool.fetch(query)]
    assert len(types) == 41
    at = types.index("account-held")
    assert (set(types[:at]) | {"deleted"}, set(types[at + 1 :]) | {"refused"}) == ({"deleted"}, {"refused"})
    assert await first_breaks(pool) == []


async def test_what_is_ruled_for_accounts_equals_the_log_and_is_put_right(process, database, pool):
    choose = random.Random(3)  # noqa: S311 - the same commands every time
    accounts = [f"AC{number:032x}" for number in range(5)]
    for _ in range(60):
        command = choose.choice(
            (
                HoldAccount(at=AT, reference="a/1"),
                ReleaseAccount(at=AT),
                SetRetention(at=AT, delete_after_days=choose.choice((None, 7, 30))),
            )
        )
        await process.policies.handle(choose.choice(accounts), command, METADATA)
    assert await differing_policies(database) == []
    for row in await pool.fetch("SELECT * FROM account_policies"):
        policy = await process.policies.find(row["account_sid"])
        shown = row["version"], row["held_at"] is not None, row["delete_after_days"]
        assert shown == (policy.version, policy.hold is not None, policy.delete_after_days)
    await pool.execute("UPDATE account_policies SET delete_after_days = 1 WHERE account_sid = $1", accounts[0])
    await pool.execute("DELETE FROM account_policies WHERE account_sid = $1", accounts[1])
    assert await differing_policies(database) == accounts[:2]
    assert (await rebuild_policies(database), await rebuild_policies(database)) == (2, 0)


async def test_rulings_made_at_the_same_time_are_all_on_record(process, pool):
    other = Process(pool)
    rules = [SetRetention(at=AT, delete_after_days=days) for days in range(1, 9)]
    asked = (one.policies.handle(AC, rule, METADATA) for rule, one in zip(rules, [process, other] * 4, strict=True))
    await asyncio.gather(*asked, process.hold(), other.hold())
    assert sorted(await process.types(AC)) == ["account-held", *["retention-set"] * 8]
    assert await pool.fetchval("SELECT version FROM account_policies") == 9


async def test_a_request_that_is_repeated_is_answered_as_before_the_hold(process, pool):
    sid, keys = new_ordered_sid("RE", AT), IdempotencyKeys(pool)
    key = IdempotencyKey.of(AC, "one", b"pause")
    await process.do(sid, START, PAUSE)
    await process.hold(sid)
    outcome = await process.do(sid, PAUSE)
    assert outcome.events == ()
    await keys.note(key, sid, outcome.version)
    assert (await keys.answered(key)).live_status == "paused"
