"""The command handler: load, decide, append; and again when another was first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from service.application.codec import decode, encode
from service.application.metadata import Metadata
from service.application.policies import read_policy
from service.application.views import RecordingView
from service.domain.account import AccountPolicy
from service.domain.commands import Command, DeleteRecording, PurgeRecording, StartRecording
from service.domain.events import Event
from service.domain.recording import Recording, decide, evolve, fold
from service.domain.refusals import RecordingNotFound, Refusal
from service.eventstore.errors import VersionConflict
from service.eventstore.event import Append, Envelope, NewEvent
from service.eventstore.store import EventStore

MOST_ATTEMPTS = 20
"""Lost races before a request gives up: each means another request succeeded in between."""
MOST_REMEMBERED = 5_000

Effects = dict[str, Sequence[Mapping[str, Any]]]
Planner = Callable[[str, str, int, Event, Recording, datetime], list[dict[str, Any]]]
"""(account SID, recording SID, version, event, state after it, when it started) to the rows the event owes."""
Listener = Callable[[str, str, Recording, Event], None]
"""Told (account SID, recording SID, state after, event) right after the commit, in order, in this process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a command came to. `view` is None when nothing changed: the read model already says it."""

    version: int
    view: RecordingView | None
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """A recording as it was read, and when it started; None before that.

    And what is ruled for its account, when that has a say: what is decided is appended only if it is so still.
    """

    state: Recording
    start_time: datetime | None
    policy: AccountPolicy | None = None


class CommandHandler:
    """Remembers the recordings being made, so that their next command need not read them again.

    What is remembered may be old: another process may have appended. An append decided on it is checked by its
    version like any other; a refusal, or nothing to do, is decided once more on the stream itself.
    """

    def __init__(self, store: EventStore, plan: Planner) -> None:
        self.store = store
        self.plans: dict[str, Planner] = {"deliveries": plan}
        """By the name of the effect that writes what they plan."""
        self._active: dict[tuple[str, str], _Known] = {}
        self.listeners: list[Listener] = []

    async def history(self, account_sid: str, recording_sid: str) -> list[Event]:
        """Return all that happened to a recording, oldest first."""
        return [decode(stored) for stored in await self.store.read_stream(account_sid, recording_sid)]

    async def load(self, account_sid: str, recording_sid: str) -> Recording:
        return fold(await self.history(account_sid, recording_sid))

    async def handle(
        self,
        account_sid: str,
        command: Command,
        metadata: Metadata,
        *,
        effects: Effects | None = None,
        conversation: str | None = None,
    ) -> Outcome:
        """Have `command` decided and its events appended, with `effects` written beside them.

        Given a `conversation`, the recording must be one of that call or conference. Raises the domain's Refusal;
        VersionConflict when others were first over and over; DuplicateEffect when an effect's row is there already.
        """
        conflict: VersionConflict | None = None
        remembered = _unstarted(command) or self._active.get((account_sid, command.sid))
        for _ in range(MOST_ATTEMPTS):
            known = remembered or await self._read(account_sid, command)
            try:
                if events := _decide(known, command, conversation):
                    return await self._append(account_sid, command, known, events, metadata, effects or {})
                if remembered is None:
                    return Outcome(version=known.state.version, view=None, events=())
            except VersionConflict as lost:
                conflict = lost
            except Refusal:
                if remembered is None:
                    raise
            remembered = None
        raise conflict or AssertionError("unreachable: every round ends in an answer or a conflict")

    async def _read(self, account_sid: str, command: Command) -> "_Known":
        stream = await self.store.read_stream(account_sid, command.sid)
        is_ruled = isinstance(command, DeleteRecording | PurgeRecording)
        policy = await read_policy(self.store, account_sid) if is_ruled else None
        return _Known(fold(map(decode, stream)), stream[0].occurred_at if stream else None, policy)

    async def _append(
        self,
        account_sid: str,
        command: Command,
        known: "_Known",
        events: list[Event],
        metadata: Metadata,
        effects: Effects,
    ) -> Outcome:
        state, start_time = known.state, known.start_time or command.at
        states = [state := evolve(state, event) for event in events]
        facts = list(zip(events, states, strict=True))
        effects = {**effects, **self._owed(account_sid, command.sid, facts, start_time)}
        append = Append(
            account_sid=account_sid,
            stream=command.sid,
            expected_version=known.state.version,
            events=[_new_event(event, command) for event in events],
            envelope=_envelope(states[-1], metadata),
            account_version=known.policy.version if known.policy else None,
            effects=effects,
        )
        appended = await self.store.append(append)
        self._remember(account_sid, command.sid, _Known(states[-1], start_time))
        for listener in self.listeners:
            for event, after in facts:
                listener(account_sid, command.sid, after, event)
        return Outcome(version=appended.version, view=RecordingView.of(appended.row), events=tuple(events))

    def _owed(self, account_sid: str, sid: str, facts: list[tuple[Event, Recording]], start_time: datetime) -> Effects:
        """Return what the events owe, each with the state after it."""
        return {
            name: [
                row for event, after in facts for row in plan(account_sid, sid, after.version, event, after, start_time)
            ]
            for name, plan in self.plans.items()
        }

    def _remember(self, account_sid: str, recording_sid: str, known: "_Known") -> None:
        self._active.pop((account_sid, recording_sid), None)
        if known.state.status.is_active:
            if len(self._active) >= MOST_REMEMBERED:
                self._active.clear()
            self._active[account_sid, recording_sid] = known


def _unstarted(command: Command) -> _Known | None:
    """Return what a start finds: there is nothing to read."""
    return _Known(Recording(), command.at) if isinstance(command, StartRecording) else None


def _decide(known: _Known, command: Command, conversation: str | None) -> list[Event]:
    if conversation and not known.state.is_of(conversation):
        raise RecordingNotFound
    if known.policy and isinstance(command, DeleteRecording | PurgeRecording):
        command = replace(command, account_hold=known.policy.hold)
    return decide(known.state, command)


def _new_event(event: Event, command: Command) -> NewEvent:
    name, schema, data = encode(event)
    return NewEvent(type=name, schema=schema, data=data, occurred_at=command.at)


def _envelope(state: Recording, metadata: Metadata) -> Envelope:
    started = state.started
    return Envelope(
        call_sid=started.call_sid if started else None,
        conference_sid=started.conference_sid if started else None,
        actor_sid=metadata.actor.sid,
        actor_role=metadata.actor.role,
        request_id=metadata.request_id,
        causation_id=metadata.causation_id,
        correlation_id=metadata.correlation_id,
    )
