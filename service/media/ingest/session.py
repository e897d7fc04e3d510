"""A stream from its start to its end: which call and conference it is, and what becomes of them."""

from collections.abc import Callable

import structlog

from service.application.conversations import Conversation
from service.application.identifiers import is_sid, new_sid
from service.application.metadata import Metadata
from service.application.switchboard import Switchboard
from service.media.capturing.streams import Attachment, Streams
from service.media.encoding import Encoding
from service.media.ingest.opening import Opening, StreamRefused
from service.media.timeline import SAMPLES_PER_MS
from service.postgres.pool import DATABASE_LOST

LONGEST_LEAP_MS = 60_000
log = structlog.get_logger()


class Session:
    """The places a stream's audio goes: its call, and the conference it names."""

    def __init__(
        self, opening: Opening, switchboard: Switchboard, metadata: Metadata, clock: Callable[[], float]
    ) -> None:
        self.opening = opening
        self._clock = clock
        self._heard_to, self._heard_at = 0, clock()
        self._switchboard = switchboard
        self._metadata = metadata
        self._attachments: list[Attachment] = []
        self._hand_over_tail: Callable[[], None] = lambda: None

    async def open(self, streams: Streams) -> bool:
        """Attach to what the stream names; say whether it came back after it was lost. Raises StreamRefused."""
        stream_sid = self.opening.streamSid or new_sid("MZ")
        conference_sid = self.opening.conference_sid
        named = [await self._conversation(self.opening.callSid)]
        if conference_sid:
            if not is_sid("CF", conference_sid):
                raise StreamRefused("ConferenceSid must be CF and 32 hex digits")
            named.append(await self._conversation(conference_sid))
        for conversation in named:
            prefix = "" if conversation.sid == self.opening.callSid else f"{self.opening.callSid}."
            self._attachments.append(await streams.attach(conversation, stream_sid, prefix))
        self._heard_to, self._heard_at = self._attachments[0].heard_to, self._clock()
        return self._attachments[0].was_lost

    def feed(self, track: str, timestamp: int, ulaw: bytes) -> None:
        """Take a frame. Raises StreamRefused when its time cannot be: one frame must not make hours of silence."""
        now = self._clock()
        if timestamp > self._heard_to + (now - self._heard_at) * 1000 + LONGEST_LEAP_MS:
            raise StreamRefused("media.timestamp is more than a minute ahead of what came before")
        self._heard_to, self._heard_at = max(self._heard_to, timestamp), now
        self.place(track, timestamp * SAMPLES_PER_MS, ulaw, Encoding.ULAW)

    def place(self, track: str, begin: int, sound: bytes, encoding: Encoding) -> None:
        """Take sound whose place is known: `begin` in samples of the stream's own time."""
        for attachment in self._attachments:
            attachment.feed(track, begin, sound, encoding)

    def reach(self, end: int) -> None:
        """Take it that sound up to `end` was received, although it may be placed later."""
        for attachment in self._attachments:
            attachment.reach(end)

    def keep_tail(self, hand_over: Callable[[], None]) -> None:
        """Have `hand_over` place what was received and is not placed yet, when nothing more may come."""
        self._hand_over_tail = hand_over
        for attachment in self._attachments:
            attachment.keep_tail(hand_over)

    async def close(self, *, is_lost: bool) -> None:
        """End the stream. Lost, it may come back for a while; else what only it spoke of is over."""
        self._hand_over_tail()
        attachments, self._attachments = self._attachments, []
        last = [attachment for attachment in attachments if await attachment.detach()]
        for attachment in last if not is_lost else ():
            try:
                await self._switchboard.stream_ended(*attachment.key, self._metadata)
            except DATABASE_LOST as error:
                # The stream counts as lost then: the sweep ends what it leaves.
                log.warning("stream.end_not_noted", conversation=attachment.key[1], error=str(error))

    async def _conversation(self, sid: str) -> Conversation:
        account_sid = self.opening.accountSid
        found = await self._switchboard.find(account_sid, sid)
        if found is None:
            first_call = self.opening.callSid if sid.startswith("CF") else None
            found, _ = await self._switchboard.announce(
                account_sid,
                sid,
                "in-progress",
                self._switchboard.now(),
                self._metadata,
                known_by="stream",
                first_call_sid=first_call,
            )
        if found.is_over:
            raise StreamRefused(f"{sid} is over")
        return found
