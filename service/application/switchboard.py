"""What calls and conferences do to their recordings: let them start, and end them."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from service.application.conversations import Conversation, ConversationIsOver, Conversations
from service.application.handler import CommandHandler, Effects, Outcome
from service.application.identifiers import new_ordered_sid, new_sid
from service.application.metadata import SYSTEM, Metadata
from service.application.stream_keys import sealed_callback
from service.domain.commands import StartRecording, StopRecording
from service.domain.events import RecordingStarted
from service.domain.refusals import RecordingNotActive, Refusal
from service.domain.values import StopCause

Clock = Callable[[], datetime]


class LiveAudio(Protocol):
    """The audio that streams in, of conversations named by account SID and CallSid or ConferenceSid."""

    def hold(self, account_sid: str, sid: str) -> AbstractAsyncContextManager[int | None]:
        """Yield the position of the last frame received, in ms; what comes later waits until the block ends."""

    def is_attached(self, account_sid: str, sid: str) -> bool: ...

    def is_heard(self, account_sid: str, sid: str) -> bool:
        """Say whether this process has its audio, or waits for its stream to come back."""

    async def is_elsewhere(self, conversation: Conversation) -> bool:
        """Say whether another process looks after the conversation's streams."""


class ConversationUnknown(Refusal):
    """Nobody has announced this call or conference."""


class ConversationNotInProgress(Refusal):
    """Requested resource is not eligible for recording"""  # noqa: D400 - Twilio's words, to the letter


class Switchboard:
    """`accept_unknown`: a call nobody announced counts as in progress."""

    def __init__(
        self,
        conversations: Conversations,
        handler: CommandHandler,
        audio: LiveAudio,
        now: Clock,
        *,
        accept_unknown: bool,
    ) -> None:
        self._conversations = conversations
        self._handler = handler
        self.audio = audio
        self.now = now
        self._accept_unknown = accept_unknown

    async def find(self, account_sid: str, sid: str) -> Conversation | None:
        return await self._conversations.find(account_sid, sid)

    async def announce(
        self,
        account_sid: str,
        sid: str,
        status: str,
        at: datetime,
        metadata: Metadata,
        *,
        known_by: str = "switch",
        first_call_sid: str | None = None,
    ) -> tuple[Conversation, bool]:
        """Set a status; a final one stops every active recording. Raises ConversationIsOver."""
        conversation, created = await self._conversations.announce(
            account_sid, sid, status, at, known_by=known_by, first_call_sid=first_call_sid
        )
        if conversation.is_over:
            await self.stop_recordings(account_sid, sid, StopCause.CALL_ENDED, at, metadata)
        return conversation, created

    async def start_recording(
        self,
        account_sid: str,
        facts: RecordingStarted,
        metadata: Metadata,
        *,
        at: datetime | None = None,
        effects: Callable[[str], Effects] | None = None,
    ) -> Outcome:
        """Start a recording of a conversation in progress; that of a conference names the call that opened it too.

        Raises ConversationUnknown, ConversationNotInProgress.
        """
        sid = facts.conversation_sid
        conversation = await self._conversations.find(account_sid, sid)
        if conversation is None and not self._accept_unknown:
            raise ConversationUnknown
        if conversation is not None and conversation.status != "in-progress":
            raise ConversationNotInProgress
        first_call_sid = conversation.first_call_sid if facts.conference_sid and conversation else facts.call_sid
        now = self.now()
        async with self.audio.hold(account_sid, sid) as position:
            recording_sid = new_ordered_sid("RE", now)
            callback, kept = sealed_callback(facts.callback, recording_sid)
            started = replace(facts, call_sid=first_call_sid, position=position, callback=callback)
            command = StartRecording(sid=recording_sid, at=at or now, facts=started)
            written = effects(command.sid) if effects else {}
            return await self._handler.handle(account_sid, command, metadata, effects={**written, **kept})

    async def active_sids(self, account_sid: str, sid: str) -> list[str]:
        return await self._conversations.active_recordings(account_sid, sid)

    async def stop_recordings(
        self, account_sid: str, sid: str, cause: StopCause, at: datetime, metadata: Metadata
    ) -> None:
        async with self.audio.hold(account_sid, sid) as position:
            # Who heard it may be gone: it ends where what was captured ends.
            is_known = cause is not StopCause.MEDIA_LOST or self.audio.is_heard(account_sid, sid)
            for recording_sid in await self._conversations.active_recordings(account_sid, sid):
                await self._stop(account_sid, recording_sid, cause, at, metadata, position if is_known else None)

    async def stream_ended(self, account_sid: str, sid: str, metadata: Metadata) -> None:
        """Take it that a stream said it ends: the conversation goes on only if the switch speaks of it."""
        conversation = await self._conversations.find(account_sid, sid)
        if conversation and conversation.known_by == "stream":
            with suppress(ConversationIsOver):
                await self.announce(account_sid, sid, "completed", self.now(), metadata, known_by="stream")
        # Last: a crash before this leaves a lost stream, which the sweep puts right.
        await self._conversations.forget_stream(account_sid, sid)

    async def media_lost(self, conversation: Conversation) -> None:
        """End the recordings of a stream that did not come back, and the call if only the stream spoke of it."""
        account_sid, sid = conversation.account_sid, conversation.sid
        metadata = Metadata(actor=SYSTEM, request_id=new_sid("RQ"))
        await self.stop_recordings(account_sid, sid, StopCause.MEDIA_LOST, self.now(), metadata)
        await self.stream_ended(account_sid, sid, metadata)

    async def sweep(self, reattach_seconds: float) -> int:
        """Put right what a crash left: streams that did not come back, recordings of calls that are over."""
        silent = await self._conversations.lost_streams(reattach_seconds)
        lost = 0
        for one in silent:
            is_elsewhere = await self.audio.is_elsewhere(one)
            # Looked at last: its stream may have come back while others were seen to.
            if not is_elsewhere and not self.audio.is_attached(one.account_sid, one.sid):
                await self.media_lost(one)
                lost += 1
        overdue = await self._conversations.overdue()
        metadata = Metadata(actor=SYSTEM, request_id=new_sid("RQ"))
        for account_sid, sid in overdue:
            await self.stop_recordings(account_sid, sid, StopCause.CALL_ENDED, self.now(), metadata)
        return lost + len(overdue)

    async def _stop(
        self,
        account_sid: str,
        recording_sid: str,
        cause: StopCause,
        at: datetime,
        metadata: Metadata,
        position: int | None,
    ) -> None:
        command = StopRecording(sid=recording_sid, at=at, cause=cause, position=position)
        try:
            await self._handler.handle(account_sid, command, metadata)
        except RecordingNotActive:
            return  # somebody stopped it first, which is all that was wanted
