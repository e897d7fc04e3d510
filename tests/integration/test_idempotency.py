"""A key stands for one request for 24 hours, and for that request alone."""

from dataclasses import replace

import asyncpg
import pytest

from facts import AC, MARK_ABSENT, PAUSE, RE, START, STOP
from service.application.handler import CommandHandler
from service.application.idempotency import EFFECT, IDEMPOTENCY_KEYS, IdempotencyKey, IdempotencyKeys
from service.application.metadata import Actor, Metadata
from service.eventstore.errors import DuplicateEffect, VersionConflict
from service.eventstore.store import PostgresEventStore
from service.projections.recordings import PROJECTION
from stores import append

METADATA = Metadata(actor=Actor(sid=AC, role="account"), request_id="RQ" + "1" * 32)
KEY = IdempotencyKey.of(AC, "one", b"request")


@pytest.fixture
def store(pool):
    return PostgresEventStore(pool, projection=PROJECTION, effects={EFFECT: IDEMPOTENCY_KEYS})


@pytest.fixture
def handler(store):
    return CommandHandler(store, lambda *_: [])


@pytest.fixture
def keys(pool):
    return IdempotencyKeys(pool)


async def grow_old(pool):
    await pool.execute("UPDATE idempotency_keys SET date_created = now() - interval '24 hours'")


async def test_a_live_key_is_not_used_twice(handler, keys):
    await handler.handle(AC, START, METADATA, effects=KEY.effects(RE))
    assert (await keys.answered(KEY)).live_status == "in-progress"
    with pytest.raises(DuplicateEffect):
        await handler.handle(AC, STOP, METADATA, effects=KEY.effects(RE))
    with pytest.raises(asyncpg.UniqueViolationError):
        await keys.note(KEY, RE, 1)
    assert (await handler.load(AC, RE)).version == 1


async def test_a_key_older_than_a_day_is_new_again_though_nobody_purged_it(pool, handler, keys):
    await handler.handle(AC, START, METADATA, effects=KEY.effects(RE))
    await grow_old(pool)
    assert await keys.answered(KEY) is None
    await handler.handle(AC, PAUSE, METADATA, effects=KEY.effects(RE))
    assert (await keys.answered(KEY)).live_status == "paused"
    await grow_old(pool)
    assert await keys.answered(KEY) is None
    await keys.note(KEY, RE, 1)
    assert (await keys.answered(KEY)).live_status == "in-progress"


async def test_an_append_that_lost_its_race_leaves_no_key(pool, store, keys):
    lost_key = IdempotencyKey.of(AC, "two", b"another request")
    await store.append(append(AC, RE, 0, "started"))
    won = replace(append(AC, RE, 1, "paused"), effects=KEY.effects(RE))
    lost = replace(append(AC, RE, 1, "stopped"), effects=lost_key.effects(RE))
    results = await store._write(AC, [won, lost])
    assert [type(result) is VersionConflict for result in results] == [False, True]
    assert (await keys.answered(KEY)).live_status == "paused"
    assert await keys.answered(lost_key) is None


async def test_two_events_of_one_append_are_one_answer(handler, keys):
    await handler.handle(AC, START, METADATA)
    await handler.handle(AC, MARK_ABSENT, METADATA, effects=KEY.effects(RE))
    answer = await keys.answered(KEY)
    assert (answer.live_status, answer.error_code, answer.version) == ("absent", 16101, 3)
