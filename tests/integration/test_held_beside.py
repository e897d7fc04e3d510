"""What is kept beside a recording under a hold: what was said in it, and what became of its callbacks."""

import pytest

from facts import AC, AT, DELETE
from holding import Process, while_a_hold_is_placed
from service.application.accounts import Accounts
from service.application.transcriptions import Transcriptions
from service.retention.purge import Purge

SETTLED = """
INSERT INTO settled_deliveries (account_sid, sid, recording_sid, event_version, event, occurred_at, url, method,
    parameters, host, idempotency_token, is_fallback, created_at, settled_at, attempt, attempts, status)
VALUES ($1, $2, $3, 3, 'completed', now(), 'http://h/', 'POST', '', 'h', gen_random_uuid(), false, now(),
    now() - interval '41 days', 1, '[]', 'delivered')
"""


@pytest.fixture
async def process(pool):
    await Accounts(pool, lambda: 0.0).create(sid=AC, auth_token=None, friendly_name="")
    return Process(pool)


async def beside(process: Process, sid: str) -> str:
    """Put a transcription beside a recording, and what became of a callback 41 days ago; return the transcription."""
    made = await Transcriptions(process.pool).add(AC, sid, status="completed", kind="fast", text="said", at=AT)
    await process.pool.execute(SETTLED, AC, sid.replace("RE", "DL"), sid)
    return made.sid


@pytest.mark.parametrize("on_account", [False, True])
async def test_a_hold_keeps_transcriptions_and_what_became_of_callbacks(process, pool, on_account):
    (sid, other), purge = [await process.completed() for _ in range(2)], Purge(pool, 40)
    for one in (sid, other):
        await beside(process, one)
        await process.do(one, DELETE)
    await process.hold(None if on_account else sid)
    assert await purge.tick() == (0 if on_account else 2)
    kept = {sid, other} if on_account else {sid}
    for table in ("transcriptions", "settled_deliveries"):
        assert {row[0] for row in await pool.fetch(f"SELECT recording_sid FROM {table}")} == kept  # noqa: S608 - of two
    await process.release(None if on_account else sid)
    assert await purge.tick() == 2 * len(kept)


@pytest.mark.parametrize("what", ["transcriptions", "settled_deliveries"])
async def test_what_is_beside_a_recording_waits_for_a_hold_that_is_being_placed_too(process, pool, what):
    sid = await process.completed()
    await beside(process, sid)
    await process.do(sid, DELETE)
    await pool.execute(f"DELETE FROM {'settled_deliveries' if what == 'transcriptions' else 'transcriptions'}")  # noqa: S608 - of two
    assert await while_a_hold_is_placed(pool, Purge(pool, 40).tick()) == 0
    assert await pool.fetchval(f"SELECT count(*) FROM {what}") == 1  # noqa: S608 - of two


async def test_a_transcription_is_not_deleted_behind_a_hold_that_is_being_placed(process, pool):
    sid = await beside(process, await process.completed())
    assert not await while_a_hold_is_placed(pool, Transcriptions(pool).delete(AC, sid, None))
    await pool.execute("DELETE FROM account_policies")
    assert await Transcriptions(pool).delete(AC, sid, None)
