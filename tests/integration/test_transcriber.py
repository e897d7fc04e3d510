"""Who is transcribed, and what becomes of it when engines fail, processes die, and recordings are deleted."""

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from facts import AC, AT, COMPLETE, DELETE, RE, START, STOP
from service.application.accounts import Accounts
from service.application.handler import CommandHandler
from service.application.metadata import SYSTEM, Metadata
from service.application.transcriptions import Transcriptions
from service.eventstore.errors import VersionConflict
from service.eventstore.store import PostgresEventStore
from service.projections.recordings import PROJECTION
from service.transcription import transcriber as room
from service.transcription.owed import EFFECT, INSERT_JOBS, OwingTranscriptions
from service.transcription.process import EngineFailed
from service.transcription.transcriber import MOST_ATTEMPTS, Transcriber
from stores import append

WAV = Path("2.wav")
HERE = "folder"
METADATA = Metadata(actor=SYSTEM, request_id="RQ" + "1" * 32)


@pytest.fixture
def store(pool):
    return PostgresEventStore(pool, projection=PROJECTION, effects={EFFECT: INSERT_JOBS})


@pytest.fixture
async def handle(pool, store):
    await Accounts(pool, lambda: 0.0).create(sid=AC, auth_token=None, friendly_name="")
    handler = CommandHandler(OwingTranscriptions(store, HERE), lambda *_: [])
    return lambda command: handler.handle(AC, command, METADATA)


@pytest.fixture
async def completed(handle):
    for command in (START, STOP, COMPLETE):
        await handle(command)


async def says(_wav: Path) -> str:
    return "what was said"


async def breaks(_wav: Path) -> str:
    raise EngineFailed("out of memory")


class Listens:
    """An engine that is at it until it is told what to say."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.says: asyncio.Future[str] = asyncio.Future()

    async def __call__(self, _wav: Path) -> str:
        self.began.set()
        return await self.says


@pytest.fixture
async def listens():
    return Listens()


def worker(pool, hear, wav: Path | None = WAV, folder: str = HERE) -> Transcriber:
    @asynccontextmanager
    async def sound(account_sid, sid):
        assert (account_sid, sid) == (AC, RE)
        yield wav

    return Transcriber(pool, folder, hear, sound, lambda: AT)


async def kept(pool) -> list[tuple[str, str | None]]:
    page = await Transcriptions(pool).page(AC, RE, None, 50)
    return [(row.status, row.transcription_text) for row in page.rows]


async def attempts(pool) -> list[int]:
    return [row["attempts"] for row in await pool.fetch("SELECT attempts FROM transcription_jobs")]


async def due_now(pool) -> None:
    await pool.execute("UPDATE transcription_jobs SET next_attempt_at = now()")


async def test_a_completed_recording_is_transcribed_once(pool, handle):
    await handle(START)
    await handle(STOP)
    assert await worker(pool, says).tick() == 0
    await handle(COMPLETE)
    assert [await worker(pool, says).tick() for _ in range(2)] == [1, 0]
    assert await kept(pool) == [("completed", "what was said")]


async def test_what_was_completed_while_the_setting_was_empty_is_not(pool, store):
    handler = CommandHandler(store, lambda *_: [])
    for command in (START, STOP, COMPLETE):
        await handler.handle(AC, command, METADATA)
    assert await worker(pool, says).tick() == 0


async def test_a_completion_that_lost_its_race_owes_nothing(pool, store):
    with pytest.raises(VersionConflict):
        await OwingTranscriptions(store, HERE).append(append(AC, RE, 7, "completed"))
    assert await attempts(pool) == []


async def test_a_failing_engine_is_tried_again_and_in_the_end_the_transcription_failed(pool, completed):
    for number in range(1, MOST_ATTEMPTS):
        assert await worker(pool, breaks).tick() == 1
        assert await attempts(pool) == [number]
        assert await worker(pool, breaks).tick() == 0
        await due_now(pool)
    assert await kept(pool) == []
    assert await worker(pool, breaks).tick() == 1
    assert await kept(pool) == [("failed", None)]
    assert await attempts(pool) == []


async def test_a_recording_that_took_the_whole_service_down_each_time_is_given_up(pool, completed):
    await pool.execute("UPDATE transcription_jobs SET attempts = $1", MOST_ATTEMPTS)
    assert await worker(pool, says).tick() == 1
    assert await kept(pool) == [("failed", None)]


async def test_while_one_is_at_it_no_other_is_and_a_stop_costs_no_attempt(pool, completed, listens):
    working = asyncio.create_task(worker(pool, listens).tick())
    await listens.began.wait()
    assert await worker(pool, says).tick() == 0
    working.cancel()
    await asyncio.wait({working})
    assert await attempts(pool) == [0]
    assert await worker(pool, says).tick() == 1
    assert await kept(pool) == [("completed", "what was said")]


async def test_what_comes_late_from_a_worker_thought_dead_is_not_kept_twice(pool, completed, listens):
    slow = asyncio.create_task(worker(pool, listens).tick())
    await listens.began.wait()
    await due_now(pool)
    assert await worker(pool, says).tick() == 1
    listens.says.set_result("late")
    await slow
    assert await kept(pool) == [("completed", "what was said")]


async def test_a_deleted_recording_is_not_heard(pool, handle, completed, listens):
    await handle(DELETE)
    assert [await worker(pool, listens).tick() for _ in range(2)] == [1, 0]
    assert not listens.began.is_set()
    assert await pool.fetchval("SELECT count(*) FROM transcriptions") == 0


async def test_a_recording_deleted_while_it_is_heard_is_heard_no_longer(pool, handle, completed, listens, monkeypatch):
    monkeypatch.setattr(room, "RENEW_SECONDS", 0.05)
    working = asyncio.create_task(worker(pool, listens).tick())
    await listens.began.wait()
    await handle(DELETE)
    assert await asyncio.wait_for(working, 10) == 1
    assert listens.says.cancelled()
    assert await attempts(pool) == []
    assert await pool.fetchval("SELECT count(*) FROM transcriptions") == 0


async def test_a_recording_deleted_just_before_its_text_is_there_leaves_none(pool, handle, completed):
    async def too_late(_wav: Path) -> str:
        await handle(DELETE)
        return "what was said"

    assert await worker(pool, too_late).tick() == 1
    assert await pool.fetchval("SELECT count(*) FROM transcriptions") == 0


async def test_sound_that_may_not_be_heard_here_is_left_alone(pool, completed):
    assert await worker(pool, says, wav=None).tick() == 1
    assert (await attempts(pool), await kept(pool)) == ([], [])


async def test_who_works_on_another_folder_leaves_it_to_those_who_have_the_sound(pool, completed):
    assert await worker(pool, says, folder="elsewhere").tick() == 0
    assert await worker(pool, says).tick() == 1
