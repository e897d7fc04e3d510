"""What is ruled for all recordings of an account, in a stream of its own: legal hold, and how long sound is kept."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from typing import assert_never


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldAccount:
    at: datetime
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseAccount:
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRetention:
    """Have recordings deleted so many days after they were completed; None: never."""

    at: datetime
    delete_after_days: int | None


AccountCommand = HoldAccount | ReleaseAccount | SetRetention


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountHeld:
    """A legal hold on every recording, also on those still to come; `reference` as in `RecordingHeld`."""

    reference: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountReleased:
    """The account's own hold ends; those of single recordings stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSet:
    delete_after_days: int | None


AccountEvent = AccountHeld | AccountReleased | RetentionSet


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPolicy:
    """`hold` is the version of the event that began the hold, None without one."""

    version: int = 0
    hold: int | None = None
    delete_after_days: int | None = None


def decide(state: AccountPolicy, command: AccountCommand) -> list[AccountEvent]:
    """Return the events that follow; none when it asks for what already is. Nothing is refused."""
    match command:
        case HoldAccount():
            return [] if state.hold else [AccountHeld(reference=command.reference)]
        case ReleaseAccount():
            return [AccountReleased()] if state.hold else []
        case SetRetention():
            is_so = command.delete_after_days == state.delete_after_days
            return [] if is_so else [RetentionSet(delete_after_days=command.delete_after_days)]
        case _:
            assert_never(command)


def evolve(state: AccountPolicy, event: AccountEvent) -> AccountPolicy:
    state = replace(state, version=state.version + 1)
    match event:
        case AccountHeld():
            return replace(state, hold=state.version)
        case AccountReleased():
            return replace(state, hold=None)
        case RetentionSet():
            return replace(state, delete_after_days=event.delete_after_days)
        case _:
            assert_never(event)


def fold(events: Iterable[AccountEvent]) -> AccountPolicy:
    return reduce(evolve, events, AccountPolicy())
