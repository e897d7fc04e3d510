"""The streams that bring live audio: where they are on their timelines, and what the database knows of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from service.application.conversations import Conversation, Conversations, StreamSeen
from service.application.handler import CommandHandler
from service.application.repeating import repeat
from service.media.capturing.capture import Frame
from service.media.capturing.homes import Homes
from service.media.capturing.live import Key, LiveAudio, LiveConversation
from service.media.encoding import Encoding
from service.media.timeline import SAMPLES_PER_MS, reached
from service.postgres.pool import DATABASE_LOST

NOTE_SECONDS = 1.0
NOTE_TIMEOUT_SECONDS = 5.0
log = structlog.get_logger()


class HeardElsewhere(Exception):  # noqa: N818 - an answer to the sender
    """Another process of the service hears this call; attach again."""

    def __init__(self, home: str | None = None) -> None:
        super().__init__(type(self).__doc__)
        self.home = home


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One stream in one conversation. `prefix` tells a conference's streams apart.

    `heard_to`: up to which millisecond of its own time the stream was heard before.
    """

    streams: "Streams"
    key: Key
    stream_sid: str
    offset: int
    prefix: str
    was_lost: bool
    heard_to: int

    def feed(self, track: str, begin: int, sound: bytes, encoding: Encoding = Encoding.ULAW) -> None:
        """Take a frame: `begin` in samples of the stream's own time."""
        self.streams.feed(self.key, Frame(self.offset + begin, self.prefix + track, sound, encoding))

    def reach(self, end: int) -> None:
        """Take it that the stream was heard up to `end`, whose frames may come later."""
        self.streams.reach(self.key, self.offset + end)

    def keep_tail(self, hand_over: Callable[[], None]) -> None:
        """Have `hand_over` feed what the stream keeps back, whenever nothing more may come."""
        self.streams.keep_tail(self.key, self.stream_sid, hand_over)

    async def detach(self) -> bool:
        """Let the stream go; say whether it was the conversation's last."""
        return await self.streams.detach(self)


class Streams:
    """`clock` counts seconds and never goes back; `now` is the time of day, which alone outlives a crash."""

    def __init__(
        self,
        live: LiveAudio,
        conversations: Conversations,
        homes: Homes,
        handler: CommandHandler,
        clock: Callable[[], float],
        now: Callable[[], datetime],
    ) -> None:
        self._live = live
        self._conversations = conversations
        self._homes = homes
        self._handler = handler
        self._clock = clock
        self._now = now

    async def recover(self) -> None:
        """Take up what an earlier process left: where its streams were, and the recordings that lie on them."""
        for conversation in await self._homes.strays():
            if await self._homes.claim(conversation):
                await self._follow_active(conversation, self._restored(conversation))

    async def attach(self, conversation: Conversation, stream_sid: str, prefix: str) -> Attachment:
        """Let a stream bring a conversation's audio. Raises HeardElsewhere."""
        if not await self._homes.claim(conversation):
            raise HeardElsewhere
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
            streams=self,
            key=key,
            stream_sid=stream_sid,
            offset=offset,
            prefix=prefix,
            was_lost=was_lost,
            heard_to=heard_to,
        )

    def feed(self, key: Key, frame: Frame) -> None:
        self._live.conversation(key).feed(frame, self._clock())

    def reach(self, key: Key, position: int) -> None:
        self._live.conversation(key).reach(position, self._clock())

    def keep_tail(self, key: Key, stream_sid: str, hand_over: Callable[[], None]) -> None:
        self._live.conversation(key).tails[stream_sid] = hand_over

    async def detach(self, attachment: Attachment) -> bool:
        live = self._live.conversation(attachment.key)
        seen = _seen(attachment.key, live)
        live.attached.remove(attachment.stream_sid)
        live.tails.pop(attachment.stream_sid, None)
        try:
            await self._conversations.streams_seen([seen])
        except DATABASE_LOST as error:
            log.warning("stream.position_not_noted", error=str(error))
        return not live.attached

    async def note(self) -> None:
        """Tell the database where the streams are, and learn what happened to recordings without being told."""
        if seen := [_seen(key, live) for key, live in self._live.conversations.items() if live.attached]:
            await self._conversations.streams_seen(seen)
        await self.catch_up()

    async def catch_up(self) -> None:
        """Follow the recordings' events that this process was not told of.

        An append whose answer was lost, or another process's: a pause must reach its capture all the same.
        """
        captured = [
            (account_sid, sid, capture.state.version)
            for (account_sid, _), live in self._live.conversations.items()
            for sid, capture in live.captures.items()
        ]
        for account_sid, sid in await self._conversations.newer_recordings(captured) if captured else ():
            self._live.follow(account_sid, sid, await self._handler.load(account_sid, sid))
        for account_sid, sid in await self._homes.unheard([sid for _, sid, _ in captured]):
            await self._take_up(account_sid, sid)

    async def run(self) -> None:
        """Repeat `note`."""
        await repeat(self._note_soon, NOTE_SECONDS, failed="stream.position_not_noted")

    async def _note_soon(self) -> None:
        async with asyncio.timeout(NOTE_TIMEOUT_SECONDS):
            await self.note()

    async def _follow_active(self, conversation: Conversation, live: LiveConversation) -> None:
        """Capture the active recordings that this process has not seen start."""
        account_sid = conversation.account_sid
        for recording_sid in await self._conversations.active_recordings(account_sid, conversation.sid):
            if recording_sid not in live.captures:
                heard = await self._take_up(account_sid, recording_sid)
                # What was last noted may lie before what the events speak of, and before what was written.
                live.position = max(live.position or 0, heard) or live.position

    async def _take_up(self, account_sid: str, recording_sid: str) -> int:
        """Capture a recording that this process has not seen start; return how far its conversation was heard."""
        state = await self._handler.load(account_sid, recording_sid)
        capture = await asyncio.to_thread(self._live.capture_of, account_sid, recording_sid, state)
        self._live.follow(account_sid, recording_sid, state, capture)
        return max(reached(state), (capture.origin or 0) + capture.samples if capture.samples else 0)

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
