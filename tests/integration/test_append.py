"""The log in PostgreSQL: races, groups, what refuses to change, and the read model beside it."""

import asyncio
import random

import asyncpg
import pytest

from facts import AC, AT, COMMANDS, HISTORY, START
from service.application.codec import decode
from service.application.handler import CommandHandler
from service.application.identifiers import new_ordered_sid
from service.application.metadata import Actor, Metadata
from service.audit.hash_chain import first_breaks
from service.domain.recording import fold
from service.domain.refusals import Refusal
from service.domain.values import Status
from service.eventstore.errors import VersionConflict
from service.projections.recordings import Recordings
from service.projections.verify import differing_recordings
from stores import append, postgres_store

METADATA = Metadata(actor=Actor(sid=AC, role="account"), request_id="RQ" + "1" * 32)


def sids(count: int) -> list[str]:
    return [new_ordered_sid("RE", AT) for _ in range(count)]


@pytest.fixture
def handler(pool):
    return CommandHandler(postgres_store(pool), lambda *_: [])


def command(template, sid):
    return type(template)(**{name: getattr(template, name) for name in template.__slots__} | {"sid": sid})


async def test_of_writers_racing_on_one_recording_one_wins_and_no_event_is_lost(pool):
    stores = [postgres_store(pool) for _ in range(4)]
    (sid,) = sids(1)
    for version in range(10):
        racing = (store.append(append(AC, sid, version, "started")) for store in stores)
        results = await asyncio.gather(*racing, return_exceptions=True)
        assert sorted(isinstance(result, VersionConflict) for result in results) == [False, True, True, True]
    assert [event.version for event in await stores[0].read_stream(AC, sid)] == list(range(1, 11))


async def test_appends_made_together_are_contiguous_and_chained(pool):
    stores = [postgres_store(pool) for _ in range(3)]
    streams = sids(60)
    appended = await asyncio.gather(
        *(stores[n % 3].append(append(AC, stream, 0, "started", "stopped")) for n, stream in enumerate(streams))
    )
    assert sorted(result.position for result in appended) == list(range(2, 121, 2))
    assert [result.row["sid"] for result in appended] == streams
    assert await first_breaks(pool) == []


async def test_appends_to_one_stream_in_one_group_each_tell_their_own_place(pool):
    (sid,) = sids(1)
    group = [append(AC, sid, 0, "started"), append(AC, sid, 1, "paused", "stopped"), append(AC, sid, 3, "completed")]
    results = await postgres_store(pool)._write(AC, group)
    assert [(result.version, result.position) for result in results] == [(1, 1), (3, 3), (4, 4)]


async def test_any_history_leaves_the_read_model_equal_to_the_log(pool, database, handler):
    choose = random.Random(7)  # noqa: S311 - the same histories every time
    streams = sids(40)
    for _ in range(600):
        template = choose.choice(COMMANDS)
        try:
            await handler.handle(AC, command(template, choose.choice(streams)), METADATA)
        except Refusal:
            continue
    assert await differing_recordings(database) == []
    assert await first_breaks(pool) == []
    recordings, store = Recordings(pool), postgres_store(pool)
    for sid in streams:
        state = fold(map(decode, await store.read_stream(AC, sid)))
        view = await recordings.fetch(AC, sid)
        assert (view.live_status if view else Status.NOT_STARTED) == state.status
        assert (view.version if view else 0) == state.version


async def test_a_changed_row_is_found(pool, database, handler):
    (sid,) = sids(1)
    await handler.handle(AC, command(START, sid), METADATA)
    await pool.execute("UPDATE recordings SET channels = 1")
    assert await differing_recordings(database) == [sid]


async def test_every_event_type_is_read_back_as_it_was(handler):
    for history in HISTORY.values():
        (sid,) = sids(1)
        done = []
        for template in COMMANDS:
            if len(done) == len(history):
                break
            try:
                done += (await handler.handle(AC, command(template, sid), METADATA)).events
            except Refusal:
                continue
        assert (await handler.load(AC, sid)).version == len(done)


@pytest.mark.parametrize("change", ["UPDATE events SET type = 'x'", "DELETE FROM events", "TRUNCATE events"])
@pytest.mark.parametrize("role", ["recordkeeper_service", "recordkeeper"])
async def test_events_are_never_changed(pool, database, handler, change, role):
    await handler.handle(AC, command(START, sids(1)[0]), METADATA)
    connection = await asyncpg.connect(database)
    await connection.execute(f"SET ROLE {role}")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match=r"permission denied|append-only"):
        await connection.execute(change)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match=r"permission denied|append-only"):
        await connection.execute(change.replace("events", "events_default"))
    await connection.close()


async def test_the_service_acts_in_its_own_role(pool):
    assert await pool.fetchval("SELECT current_user") == "recordkeeper_service"
