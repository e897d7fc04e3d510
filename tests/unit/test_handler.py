"""The command handler: what it remembers never decides against the log."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from facts import AC, CF, COMPLETE, DELETE, PAUSE, PAUSED, RESUME, START, STOP
from service.application.handler import CommandHandler
from service.application.metadata import SYSTEM, Metadata
from service.application.views import RecordingView
from service.domain.events import RecordingDeleted
from service.domain.refusals import RecordingNotActive, RecordingNotFound
from service.eventstore.memory import MemoryEventStore

METADATA = Metadata(actor=SYSTEM, request_id="RQ" + "1" * 32)


class Store(MemoryEventStore):
    """The one log, which two processes write; an append answers with a row, whatever is in it."""

    async def append(self, append):
        appended = await super().append(append)
        return replace(appended, row=dict.fromkeys(RecordingView.__slots__))


@pytest.fixture
def processes():
    store = Store(lambda: datetime.now(UTC))
    return [CommandHandler(store, lambda *_: []) for _ in range(2)]


async def handle(process, *commands):
    for command in commands:
        outcome = await process.handle(AC, command, METADATA)
    return outcome


async def test_an_append_of_another_process_is_seen_before_a_refusal(processes):
    one, other = processes
    await handle(one, START)
    await handle(other, STOP, COMPLETE)
    assert (await handle(one, DELETE)).events == (RecordingDeleted(),)


async def test_an_append_of_another_process_is_seen_before_nothing_is_done(processes):
    one, other = processes
    await handle(one, START, PAUSE)
    await handle(other, RESUME)
    assert (await handle(one, PAUSE)).events == (PAUSED,)


async def test_an_append_of_another_process_is_seen_before_an_append(processes):
    one, other = processes
    await handle(one, START)
    await handle(other, STOP)
    with pytest.raises(RecordingNotActive):
        await handle(one, PAUSE)


@pytest.mark.parametrize("remembering", [True, False])
async def test_a_recording_of_another_conversation_is_not_found(processes, remembering):
    await handle(processes[0], START)
    with pytest.raises(RecordingNotFound):
        await processes[0 if remembering else 1].handle(AC, STOP, METADATA, conversation=CF)
