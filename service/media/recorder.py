"""The loop that writes live audio down, and the streams that bring it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from service.application.conversations import Conversation, Conversations, StreamSeen
from service.application.handler import CommandHandler
from service.media.capture import Capture, Frame
from service.media.live import Key, LiveAudio, LiveConversation
from service.media.spool import Piece
from service.media.timeline import SAMPLES_PER_MS, reached
from service.postgres.pool import DATABASE_LOST

WRITE_SECONDS = 0.2
NOTE_SECONDS = 1.0
NOTE_TIMEOUT_SECONDS = 5.0
SYNC_SECONDS = 1.0
"""How much a loss of power may cost; a kill of the process costs what the last `WRITE_SECONDS` brought."""
Writings = list[tuple[Capture, list[Piece]]]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One stream in one conversation. `prefix` tells a conference's streams apart.

    `heard_to`: up to which millisecond of its own time the stream was heard before.
    """

    recorder: "Recorder"
    key: Key
    stream_sid: str
    offset: int
    prefix: str
    was_lost: bool
    heard_to: int

    def feed(self, track: str, timestamp: int, ulaw: bytes) -> None:
        """Take a frame: `timestamp` in ms of the stream's own time."""
        begin = self.offset + timestamp * SAMPLES_PER_MS
        self.recorder.feed(self.key, Frame(begin, self.prefix + track, ulaw))

    async def detach(self) -> bool:
        """Let the stream go; say whether it was the conversation's last."""
        return await self.recorder.detach(self)


class Recorder:
    """`clock` counts seconds and never goes back; `now` is the time of day, which alone outlives a crash.

    `when_captured` is told (account SID, recording SID) when a recording has all its audio in the spool.
    """

    def __init__(
        self,
        live: LiveAudio,
        conversations: Conversations,
        handler: CommandHandler,
        clock: Callable[[], float],
        now: Callable[[], datetime],
        *,
        when_captured: Callable[[str, str], None],
    ) -> None:
        self._live = live
        self._conversations = conversations
        self._handler = handler
        self._clock = clock
        self._now = now
        self._unsynced: set[Capture] = set()
        self._unwritten: Writings = []
        self._synced_at = 0.0
        self._when_captured = when_captured

    async def recover(self) -> None:
        """Take up what an earlier process left: where its streams were, and the recordings that lie on them."""
        for conversation in await self._conversations.recorded_streams():
            live = self._restored(conversation)
            await self._follow_active(conversation, live)

    async def attach(self, conversation: Conversation, stream_sid: str, prefix: str) -> Attachment:
        live, key = self._restored(conversation), (conversation.account_sid, conversation.sid)
        was_lost = stream_sid in live.offsets or (
            not live.attached and conversation.stream_sid is not None and conversation.stream_seen_at is not None
        )
        offset = live.attach(stream_sid, self._clock())
        heard_to = max(0, (live.position or 0) - offset) // SAMPLES_PER_MS
        try:
            await self._conversations.streams_seen([_seen(key, live)], attaching=True)
            await self._follow_active(conversation, live)
        except BaseException:
            live.attached.remove(stream_sid)
            raise
        return Attachment(
            recorder=self,
            key=key,
            stream_sid=stream_sid,
            offset=offset,
            prefix=prefix,
            was_lost=was_lost,
            heard_to=heard_to,
        )

    def feed(self, key: Key, frame: Frame) -> None:
        self._live.conversation(key).feed(frame, self._clock())

    async def detach(self, attachment: Attachment) -> bool:
        live = self._live.conversation(attachment.key)
        seen = _seen(attachment.key, live)
        live.attached.remove(attachment.stream_sid)
        try:
            await self._conversations.streams_seen([seen])
        except DATABASE_LOST as error:
            log.warning("stream.position_not_noted", error=str(error))
        return not live.attached

    async def tick(self) -> int:
        """Write down what has arrived; return how many pieces that were."""
        now = self._clock()
        over = [
            (account_sid, live, sid, capture)
            for (account_sid, _), live in self._live.conversations.items()
            for sid, capture in live.over(now).items()
        ]
        ending = {capture for *_, capture in over}
        writings = self._unwritten + self._live.writings(now)
        # A disk that is full for a moment costs nothing: what it refused is tried again while the recording lasts.
        failed = await asyncio.to_thread(self._write, writings)
        self._unwritten = [(capture, pieces) for capture, pieces in failed if capture not in ending]
        self._unsynced |= {capture for capture, _ in writings}
        if now - self._synced_at >= SYNC_SECONDS:
            self._synced_at = now
            ending = set(self._unsynced)
        self._unsynced -= await asyncio.to_thread(self._sync, self._unsynced & ending)
        for account_sid, live, sid, capture in over:
            del live.captures[sid]
            self._unsynced.discard(capture)
            if capture.origin is not None or capture.spool.upload.exists():
                self._when_captured(account_sid, sid)
        self._live.forget()
        return sum(len(pieces) for _, pieces in writings)

    async def note(self) -> None:
        """Tell the database where the streams are, and learn what happened to recordings without being told."""
        if seen := [_seen(key, live) for key, live in self._live.conversations.items() if live.attached]:
            await self._conversations.streams_seen(seen)
        captured = [
            (account_sid, sid, capture.state.version)
            for (account_sid, _), live in self._live.conversations.items()
            for sid, capture in live.captures.items()
        ]
        # An append whose answer was lost, or another process's: a pause must reach its capture all the same.
        for account_sid, sid in await self._conversations.newer_recordings(captured) if captured else ():
            self._live.follow(account_sid, sid, await self._handler.load(account_sid, sid))

    async def run(self) -> None:
        """Repeat `tick`, and `note` beside it: a database that hangs keeps no sound from the disk."""
        noting = asyncio.create_task(self._repeat(self._note_in_time, NOTE_SECONDS))
        try:
            await self._repeat(self.tick, WRITE_SECONDS)
        finally:
            noting.cancel()
            writings = self._unwritten + self._live.writings(float("inf"))
            self._write(writings)
            self._sync(self._unsynced | {capture for capture, _ in writings})

    async def _repeat(self, turn: Callable[[], Awaitable[object]], seconds: float) -> None:
        while True:
            try:
                await turn()
            except Exception:
                log.exception("recorder.failed")  # other calls go on, whatever it was
            await asyncio.sleep(seconds)

    async def _note_in_time(self) -> None:
        try:
            async with asyncio.timeout(NOTE_TIMEOUT_SECONDS):
                await self.note()
        except (*DATABASE_LOST, TimeoutError) as error:
            log.warning("stream.position_not_noted", error=str(error))

    def _write(self, writings: Writings) -> Writings:
        """Write; return what the disk refused."""
        failed: Writings = []
        for capture, pieces in writings:
            try:
                capture.write(pieces)
            except OSError as error:
                log.error("capture.failed", spool=str(capture.spool.folder), error=str(error))  # noqa: TRY400 - the sentence says it
                failed.append((capture, pieces))
        return failed

    def _sync(self, captures: set[Capture]) -> set[Capture]:
        """Have what was written survive a loss of power; return whose that is true of."""
        synced = set()
        for capture in captures:
            try:
                capture.spool.sync()
                synced.add(capture)
            except OSError as error:
                log.error("capture.not_synced", spool=str(capture.spool.folder), error=str(error))  # noqa: TRY400 - the same
        return synced

    async def _follow_active(self, conversation: Conversation, live: LiveConversation) -> None:
        """Capture the active recordings that this process has not seen start."""
        account_sid = conversation.account_sid
        for recording_sid in await self._conversations.active_recordings(account_sid, conversation.sid):
            if recording_sid not in live.captures:
                state = await self._handler.load(account_sid, recording_sid)
                if recording_sid not in live.captures:
                    self._live.follow(account_sid, recording_sid, state)
                # What was last noted may lie before what the events speak of.
                live.position = max(live.position or 0, reached(state)) or live.position

    def _restored(self, conversation: Conversation) -> LiveConversation:
        """Return the live conversation, placed on its timeline as the database knows it if memory does not."""
        live = self._live.conversation((conversation.account_sid, conversation.sid))
        if live.position is None and conversation.stream_position is not None:
            live.position = conversation.stream_position * SAMPLES_PER_MS
            seen_at = conversation.stream_seen_at or self._now()
            live.heard_at = self._clock() - (self._now() - seen_at).total_seconds()
            if conversation.stream_sid and conversation.stream_offset is not None:
                live.offsets[conversation.stream_sid] = conversation.stream_offset * SAMPLES_PER_MS
        return live


def _seen(key: Key, live: LiveConversation) -> StreamSeen:
    stream_sid = live.attached[-1]
    position = None if live.position is None else live.position // SAMPLES_PER_MS
    offset = live.offsets[stream_sid] // SAMPLES_PER_MS
    return StreamSeen(account_sid=key[0], sid=key[1], position=position, stream_sid=stream_sid, offset=offset)
