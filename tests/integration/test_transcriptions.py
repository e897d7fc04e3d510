"""What was said in a recording is kept beside it, and goes with it."""

import pytest

from facts import AC, AT, COMPLETE, DELETE, RE, START, STOP
from service.application.accounts import Accounts
from service.application.handler import CommandHandler
from service.application.metadata import Actor, Metadata
from service.application.transcriptions import Transcriptions
from service.retention.purge import Purge
from stores import postgres_store

METADATA = Metadata(actor=Actor(sid=AC, role="account"), request_id="RQ" + "1" * 32)
OTHER = "AC" + "f" * 32


@pytest.fixture
async def handle(pool):
    for sid in (AC, OTHER):
        await Accounts(pool, lambda: 0.0).create(sid=sid, auth_token=None, friendly_name="")
    handler = CommandHandler(postgres_store(pool), lambda *_: [])
    await handler.handle(AC, START, METADATA)
    return lambda command: handler.handle(AC, command, METADATA)


@pytest.fixture
def transcriptions(pool, handle):
    return Transcriptions(pool)


def add(transcriptions, account=AC, recording=RE):
    return transcriptions.add(account, recording, status="completed", kind="fast", text="said", at=AT)


async def test_its_duration_is_the_recordings_also_when_that_is_known_later(transcriptions, handle):
    early = await add(transcriptions)
    await handle(STOP)
    await handle(COMPLETE)
    late = await add(transcriptions)
    assert (early.duration, late.duration) == (None, 15)
    assert (await transcriptions.find(AC, early.sid, RE)).duration == 15
    assert (late.price_unit, late.date_created, late.transcription_text) == ("USD", AT, "said")


async def test_a_deleted_recording_hides_what_was_said_and_the_purge_removes_it(pool, transcriptions, handle):
    made = await add(transcriptions)
    await handle(STOP)
    await handle(COMPLETE)
    assert await Purge(pool, 0).tick() == 0
    await handle(DELETE)
    assert await transcriptions.find(AC, made.sid, None) is None
    assert (await transcriptions.page(AC, None, None, 50)).rows == []
    assert not await transcriptions.delete(AC, made.sid, None)
    assert await add(transcriptions) is None
    assert await Purge(pool, 0).tick() == 1
    assert await pool.fetchval("SELECT count(*) FROM transcriptions") == 0


async def test_accounts_do_not_meet(transcriptions):
    made = await add(transcriptions)
    assert await add(transcriptions, account=OTHER) is None
    assert await transcriptions.find(OTHER, made.sid, None) is None
    assert not await transcriptions.delete(OTHER, made.sid, None)
    assert await transcriptions.find(AC, made.sid, "RE" + "0" * 32) is None
    assert await transcriptions.delete(AC, made.sid, RE)
