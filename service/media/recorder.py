"""The loop that writes live audio down, and the streams that bring it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from service.application.conversations import Conversation, Conversations, StreamSeen
from service.application.handler import CommandHandler
from service.media.capture import Capture, Frame
from service.media.live import Key, LiveAudio, LiveConversation
from service.media.spool import Piece
from service.media.timeline import SAMPLES_PER_MS
from service.postgres.pool import DATABASE_LOST

WRITE_SECONDS = 0.2
SYNC_SECONDS = 1.0
"""How much a loss of power may cost; a kill of the process costs what the last `WRITE_SECONDS` brought."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One stream in one conversation. `prefix` tells a conference's streams apart."""

    recorder: "Recorder"
    key: Key
    stream_sid: str
    offset: int
    prefix: str
    was_lost: bool

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
        self._seen_at = 0.0
        self._when_captured = when_captured

    async def recover(self) -> None:
        """Take up what an earlier process left: where its streams were, and the recordings that lie on them."""
        for conversation in await self._conversations.recorded_streams():
            live = self._restored(conversation)
            await self._follow_active(conversation, live)

    async def attach(self, conversation: Conversation, stream_sid: str, prefix: str) -> Attachment:
        live, key = self._restored(conversation), (conversation.account_sid, conversation.sid)
        was_lost = not live.attached and conversation.stream_seen_at is not None
        offset = live.attach(stream_sid, self._clock())
        try:
            await self._conversations.streams_seen([_seen(key, live)])
            await self._follow_active(conversation, live)
        except BaseException:
            live.attached.remove(stream_sid)
            raise
        return Attachment(
            recorder=self, key=key, stream_sid=stream_sid, offset=offset, prefix=prefix, was_lost=was_lost
        )

    def feed(self, key: Key, frame: Frame) -> None:
        self._live.conversation(key).feed(frame, self._clock())

    async def detach(self, attachment: Attachment) -> bool:
        live = self._live.conversation(attachment.key)
        seen = _seen(attachment.key, live)
        live.attached.remove(attachment.stream_sid)
        await self._note([seen])
        return not live.attached

    async def tick(self) -> int:
        """Write down what has arrived; return how many pieces that were."""
        over = [
            (account_sid, live, sid, capture)
            for (account_sid, _), live in self._live.conversations.items()
            for sid, capture in live.over.items()
        ]
        writings = self._live.writings(self._clock())
        await asyncio.to_thread(self._write, writings)
        self._unsynced |= {capture for capture, _ in writings}
        ending = {capture for *_, capture in over}
        if self._clock() - self._seen_at >= SYNC_SECONDS:
            await self._each_second()
        elif due := self._unsynced & ending:
            await asyncio.to_thread(self._sync, due)
        for account_sid, live, sid, capture in over:
            del live.captures[sid]
            if capture.origin is not None or capture.spool.upload.exists():
                self._when_captured(account_sid, sid)
        self._live.forget()
        return sum(len(pieces) for _, pieces in writings)

    async def run(self) -> None:
        """Repeat `tick`; when cancelled, write down what is at hand."""
        try:
            while True:
                try:
                    await self.tick()
                except Exception:
                    log.exception("recorder.failed")
                await asyncio.sleep(WRITE_SECONDS)
        finally:
            writings = self._live.writings(float("inf"))
            self._write(writings)
            self._sync(self._unsynced | {capture for capture, _ in writings})

    async def _each_second(self) -> None:
        self._seen_at = self._clock()
        await asyncio.to_thread(self._sync, self._unsynced)
        if seen := [_seen(key, live) for key, live in self._live.conversations.items() if live.attached]:
            await self._note(seen)

    async def _note(self, seen: list[StreamSeen]) -> None:
        try:
            await self._conversations.streams_seen(seen)
        except DATABASE_LOST as error:
            log.warning("stream.position_not_noted", error=str(error))

    def _write(self, writings: list[tuple[Capture, list[Piece]]]) -> None:
        for capture, pieces in writings:
            try:
                capture.write(pieces)
            except OSError as error:
                log.error("capture.failed", spool=str(capture.spool.folder), error=str(error))  # noqa: TRY400 - the sentence says it

    def _sync(self, captures: set[Capture]) -> None:
        for capture in captures:
            try:
                capture.spool.sync()
            except OSError as error:
                log.error("capture.not_synced", spool=str(capture.spool.folder), error=str(error))  # noqa: TRY400 - the same
        self._unsynced -= captures

    async def _follow_active(self, conversation: Conversation, live: LiveConversation) -> None:
        """Capture the active recordings that this process has not seen start."""
        account_sid = conversation.account_sid
        for recording_sid in await self._conversations.active_recordings(account_sid, conversation.sid):
            if recording_sid not in live.captures:
                state = await self._handler.load(account_sid, recording_sid)
                if recording_sid not in live.captures:
                    self._live.follow(account_sid, recording_sid, state)

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
