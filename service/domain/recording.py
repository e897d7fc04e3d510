"""The decider: which facts follow from a command (`decide`), and what a fact changes (`evolve`)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from typing import assert_never

from service.domain.commands import (
    Command,
    CompleteRecording,
    DamageRecording,
    DelayRecording,
    DeleteRecording,
    HoldRecording,
    MarkRecordingAbsent,
    PauseRecording,
    PurgeRecording,
    ReleaseRecording,
    ResumeRecording,
    StartRecording,
    StopRecording,
)
from service.domain.events import (
    Event,
    RecordingAbsent,
    RecordingCompleted,
    RecordingDamaged,
    RecordingDelayed,
    RecordingDeleted,
    RecordingHeld,
    RecordingPaused,
    RecordingRefused,
    RecordingReleased,
    RecordingResumed,
    RecordingStarted,
    RecordingStopped,
)
from service.domain.refusals import ConferenceRecordingNotStoppable
from service.domain.table import NO_OP, verdict
from service.domain.values import DamageCause, DelayCause, HeldRequest, HoldScope, PauseBehavior, Status, StopCause

Noted = RecordingDamaged | RecordingDelayed | RecordingHeld | RecordingReleased | RecordingRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A stretch of the call's timeline that is not recorded; open at the end while it lasts."""

    behavior: PauseBehavior
    begin: int | None
    end: int | None = None
    is_open: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What past events amount to: all that the next decision and the capture need, and no more.

    `hold` is the version of the event that began the legal hold, None without one.
    """

    status: Status = Status.NOT_STARTED
    version: int = 0
    started: RecordingStarted | None = None
    pauses: tuple[Pause, ...] = ()
    stopped: RecordingStopped | None = None
    damages: frozenset[DamageCause] = frozenset()
    delays: frozenset[DelayCause] = frozenset()
    media_url: str | None = None
    hold: int | None = None
    refused: frozenset[RecordingRefused] = frozenset()

    def is_of(self, conversation: str) -> bool:
        """Say whether that call's or conference's audio is recorded; a conference's is not its first call's."""
        return self.started is not None and conversation == self.started.conversation_sid


def decide(state: Recording, command: Command) -> list[Event]:
    """Return the events that follow from `command`; none when it asks for what already is.

    Raises a Refusal, by the table in `service.domain.table`.
    """
    if verdict(state.status, type(command)) is NO_OP:
        return []
    match command:
        case StartRecording() | CompleteRecording():
            return [command.facts]
        case PauseRecording():
            return [RecordingPaused(behavior=command.behavior, position=command.position)]
        case ResumeRecording():
            return [RecordingResumed(position=command.position)]
        case StopRecording():
            return [_stopped(state, command)]
        case DamageRecording() | DelayRecording():
            return [] if _is_said(state, command.facts) else [command.facts]
        case MarkRecordingAbsent():
            absent = RecordingAbsent(error_code=command.error_code)
            stopped = RecordingStopped(cause=StopCause.API, position=None)
            return [stopped, absent] if state.status.is_active else [absent]
        case DeleteRecording():
            return [_refused(state, command, HeldRequest.DELETE) or RecordingDeleted()]
        case HoldRecording() | ReleaseRecording() | PurgeRecording():
            return _of_hold(state, command)
        case _:
            assert_never(command)


def evolve(state: Recording, event: Event) -> Recording:
    """Return the state after `event`. Never refuses: a fact is a fact."""
    state = replace(state, version=state.version + 1)
    match event:
        case RecordingStarted():
            return replace(state, status=Status.IN_PROGRESS, started=event)
        case RecordingPaused():
            pause = Pause(behavior=event.behavior, begin=event.position)
            return replace(state, status=Status.PAUSED, pauses=(*state.pauses, pause))
        case RecordingResumed():
            pauses = _close_pause(state, event.position)
            return replace(state, status=Status.IN_PROGRESS, pauses=pauses)
        case RecordingStopped():
            pauses = _close_pause(state, event.position)
            return replace(state, status=Status.STOPPED, pauses=pauses, stopped=event)
        case RecordingCompleted():
            return replace(state, status=Status.COMPLETED, media_url=event.media_url)
        case RecordingAbsent():
            return replace(state, status=Status.ABSENT)
        case RecordingDeleted():
            return replace(state, status=Status.DELETED)
        case _:
            return _noted(state, event)


def _noted(state: Recording, event: Noted) -> Recording:
    """Return the state after an event that leaves its status."""
    match event:
        case RecordingDamaged():
            return replace(state, damages=state.damages | {event.cause})
        case RecordingDelayed():
            return replace(state, delays=state.delays | {event.cause})
        case RecordingHeld():
            return replace(state, hold=state.version)
        case RecordingReleased():
            return replace(state, hold=None)
        case RecordingRefused():
            return replace(state, refused=state.refused | {event})
        case _:
            assert_never(event)


def fold(events: Iterable[Event], state: Recording | None = None) -> Recording:
    return reduce(evolve, events, state or Recording())


def _stopped(state: Recording, command: StopRecording) -> RecordingStopped:
    of_conference = state.started is not None and state.started.conference_sid is not None
    if of_conference and command.cause is StopCause.API:
        raise ConferenceRecordingNotStoppable
    return RecordingStopped(cause=command.cause, position=command.position)


def _of_hold(state: Recording, command: HoldRecording | ReleaseRecording | PurgeRecording) -> list[Event]:
    match command:
        case HoldRecording():
            return [] if state.hold else [RecordingHeld(reference=command.reference)]
        case ReleaseRecording():
            return [RecordingReleased()] if state.hold else []
        case PurgeRecording():
            refused = _refused(state, command, HeldRequest.PURGE)
            return [refused] if refused and refused not in state.refused else []
        case _:
            assert_never(command)


def _refused(
    state: Recording, command: DeleteRecording | PurgeRecording, request: HeldRequest
) -> RecordingRefused | None:
    """Return what a legal hold makes of a request, None when there is none."""
    if state.hold:
        return RecordingRefused(request=request, under=HoldScope.RECORDING, hold=state.hold)
    if command.account_hold:
        return RecordingRefused(request=request, under=HoldScope.ACCOUNT, hold=command.account_hold)
    return None


def _is_said(state: Recording, facts: RecordingDamaged | RecordingDelayed) -> bool:
    """Say whether it is on record: each attempt at finishing meets the same obstacle, and the same torn spool, anew."""
    if isinstance(facts, RecordingDelayed):
        return facts.cause in state.delays
    return facts.cause is DamageCause.SPOOL and facts.cause in state.damages


def _close_pause(state: Recording, end: int | None) -> tuple[Pause, ...]:
    if state.status is not Status.PAUSED:
        return state.pauses
    *before, last = state.pauses
    return (*before, replace(last, end=end, is_open=False))
