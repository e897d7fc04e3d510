"""Live audio and the database: what a crash or a lost answer leaves is put right, and hides nothing."""

from contextlib import suppress

import pytest

from facts import AC, AT, CA, PAUSE, RE, START, STOP
from service.application.conversations import ConversationIsOver, Conversations
from service.application.handler import CommandHandler
from service.application.metadata import Actor, Metadata
from service.application.switchboard import Switchboard
from service.domain.values import Status
from service.media.capturing.capture import Frame
from service.media.capturing.homes import Homes
from service.media.capturing.live import LiveAudio
from service.media.capturing.streams import Streams
from service.media.spool import Spool
from stores import postgres_store

METADATA = Metadata(actor=Actor(sid=AC, role="account"), request_id="RQ" + "1" * 32)


class Forgetful:
    """An event store whose next answer is lost on its way, although the append was committed."""

    def __init__(self, store) -> None:
        self._store = store
        self.loses = False

    async def append(self, append):
        appended = await self._store.append(append)
        if self.loses:
            raise ConnectionResetError
        return appended

    async def read_stream(self, account_sid, stream):
        return await self._store.read_stream(account_sid, stream)


class Dying(Conversations):
    """Dies at the statement named."""

    dies_at = ""

    async def forget_stream(self, account_sid, sid):
        if self.dies_at == "forget_stream":
            raise SystemExit
        await super().forget_stream(account_sid, sid)

    async def announce(self, account_sid, sid, status, at, **more):
        if self.dies_at == "announce":
            raise SystemExit
        return await super().announce(account_sid, sid, status, at, **more)


@pytest.fixture
def store(pool):
    return Forgetful(postgres_store(pool))


@pytest.fixture
def handler(store):
    return CommandHandler(store, lambda *_: [])


@pytest.fixture
def live(tmp_path, handler):
    audio = LiveAudio(lambda account, sid: Spool(tmp_path, account, sid))
    handler.listeners.append(audio.on_event)
    return audio


@pytest.fixture
def conversations(pool):
    return Dying(pool)


@pytest.fixture
def homes(conversations, live):
    return Homes("folder/0", ["folder/0"], live, conversations, None, lambda: AT)


@pytest.fixture
def switchboard(conversations, handler, homes):
    return Switchboard(conversations, handler, homes, lambda: AT, accept_unknown=False)


@pytest.fixture
def streams(live, conversations, homes, handler):
    return Streams(live, conversations, homes, handler, lambda: 100.0, lambda: AT)


async def test_a_pause_whose_answer_was_lost_reaches_the_capture(store, handler, live, streams):
    live.conversation((AC, CA)).attach("MZ1", 0.0)
    live.conversation((AC, CA)).feed(Frame(0, "inbound", bytes(160)), 0.0)
    await handler.handle(AC, START, METADATA)
    store.loses = True
    with suppress(ConnectionResetError):
        await handler.handle(AC, PAUSE, METADATA)
    (capture,) = live.conversation((AC, CA)).captures.values()
    assert capture.state.status is Status.IN_PROGRESS
    await streams.note()
    assert capture.state.status is Status.PAUSED
    with suppress(ConnectionResetError):
        await handler.handle(AC, STOP, METADATA)
    await streams.note()
    assert live.conversation((AC, CA)).over(100.0) == {RE: capture}


@pytest.mark.parametrize("dies_at", ["announce", "forget_stream"])
@pytest.mark.parametrize("ends", ["stream_ended", "media_lost"])
async def test_a_stream_whose_end_was_cut_short_is_ended_by_the_sweep(
    switchboard, conversations, handler, streams, live, ends, dies_at
):
    conversation, _ = await switchboard.announce(AC, CA, "in-progress", AT, METADATA, known_by="stream")
    attachment = await streams.attach(conversation, "MZ1", "")
    await handler.handle(AC, START, METADATA)
    await attachment.detach()
    conversations.dies_at = dies_at
    lost = await conversations.find(AC, CA)
    ending = switchboard.stream_ended(AC, CA, METADATA) if ends == "stream_ended" else switchboard.media_lost(lost)
    with pytest.raises(SystemExit):
        await ending
    conversations.dies_at = ""
    await switchboard.sweep(0)
    assert (await conversations.find(AC, CA)).status == "completed"
    assert (await handler.load(AC, RE)).status is Status.STOPPED
    assert await switchboard.sweep(0) == 0


async def test_a_stream_that_got_no_further_than_its_call_is_swept_too(switchboard, conversations):
    await switchboard.announce(AC, CA, "in-progress", AT, METADATA, known_by="stream")
    assert await switchboard.sweep(0) == 1
    assert (await conversations.find(AC, CA)).is_over


async def test_a_call_that_ends_otherwise_meanwhile_does_not_end_the_sweep(switchboard, conversations):
    lost, _ = await switchboard.announce(AC, CA, "in-progress", AT, METADATA, known_by="stream")
    await conversations.announce(AC, CA, "busy", AT, known_by="stream")
    await switchboard.media_lost(lost)
    with pytest.raises(ConversationIsOver):
        await conversations.announce(AC, CA, "completed", AT, known_by="switch")


async def test_a_late_note_brings_no_stream_back_that_has_ended(switchboard, conversations, streams):
    conversation, _ = await switchboard.announce(AC, CA, "in-progress", AT, METADATA)
    attachment = await streams.attach(conversation, "MZ1", "")
    await switchboard.stream_ended(AC, CA, METADATA)
    await streams.note()
    assert (await conversations.find(AC, CA)).stream_seen_at is None
    await attachment.detach()
    assert await conversations.lost_streams(0) == []


async def test_after_a_crash_the_timeline_is_at_least_where_the_events_say(switchboard, handler, streams, live):
    conversation, _ = await switchboard.announce(AC, CA, "in-progress", AT, METADATA, known_by="stream")
    await streams.attach(conversation, "MZ1", "")
    await handler.handle(AC, START, METADATA)
    await handler.handle(AC, PAUSE, METADATA)
    live.conversations.clear()
    await streams.recover()
    with live.hold(AC, CA) as position:
        assert position == PAUSE.position
