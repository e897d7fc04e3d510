"""What the verbs about legal holds and retention do, on the database of the service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from service.application.accounts import Accounts
from service.application.handler import CommandHandler
from service.application.holds import Hold, Holds
from service.application.identifiers import new_sid
from service.application.metadata import SYSTEM, Metadata
from service.application.policies import EFFECT, AccountPolicies
from service.domain.account import SetRetention
from service.domain.refusals import RecordingNotFound
from service.eventstore.event import iso_time
from service.eventstore.store import PostgresEventStore
from service.projections.policies import EFFECT as PROJECT_POLICIES
from service.projections.recordings import PROJECTION
from service.settings import Settings
from service.wiring.server import ServiceRefused
from service.wiring.verbs import accounts


@asynccontextmanager
async def _rules(settings: Settings) -> AsyncIterator[tuple[Accounts, Holds]]:
    async with accounts(settings) as (known, pool):
        store = PostgresEventStore(pool, projection=PROJECTION, effects={EFFECT: PROJECT_POLICIES})
        # No customer is told of holds: nothing is planned.
        yield known, Holds(pool, CommandHandler(store, lambda *_: []), AccountPolicies(store), _now)


async def place_hold(
    settings: Settings, account_sid: str, recording_sid: str | None, reference: str | None
) -> dict[str, Any]:
    """Return the hold, and whether it `was_held` before. Raises ServiceRefused when there is nothing to be held."""
    async with _rules(settings) as (known, holds):
        await _check_account(known, account_sid)
        try:
            was_held = await holds.find(account_sid, recording_sid) is not None
            placed = await holds.place(account_sid, recording_sid, reference, _by_operator())
        except RecordingNotFound:
            raise _no_recording(account_sid, recording_sid) from None
    found = _document(placed) if placed else {"account_sid": account_sid, "recording_sid": recording_sid}
    return found | {"was_held": was_held}


async def release_hold(settings: Settings, account_sid: str, recording_sid: str | None) -> dict[str, Any]:
    """Release it, if it is there. Raises ServiceRefused when there is no such account or recording."""
    async with _rules(settings) as (known, holds):
        await _check_account(known, account_sid)
        try:
            await holds.release(account_sid, recording_sid, _by_operator())
        except RecordingNotFound:
            raise _no_recording(account_sid, recording_sid) from None
    return {"account_sid": account_sid, "recording_sid": recording_sid, "held": False}


async def list_holds(settings: Settings, account_sid: str | None) -> list[dict[str, Any]]:
    async with _rules(settings) as (_, holds):
        return [_document(hold) for hold in await holds.all(account_sid)]


async def retention(settings: Settings, account_sid: str, days: int | None) -> dict[str, Any] | None:
    """Return what holds, after it was set to `days` if these are given (0: never); None without such an account."""
    async with _rules(settings) as (known, holds):
        if await known.find(account_sid) is None:
            return None
        if days is not None:
            command = SetRetention(at=_now(), delete_after_days=days or None)
            await holds.policies.handle(account_sid, command, _by_operator())
        return {"sid": account_sid, "delete_after_days": (await holds.policies.find(account_sid)).delete_after_days}


async def _check_account(known: Accounts, account_sid: str) -> None:
    if await known.find(account_sid) is None:
        raise ServiceRefused(f"there is no account {account_sid}")


def _no_recording(account_sid: str, recording_sid: str | None) -> ServiceRefused:
    return ServiceRefused(f"account {account_sid} has no recording {recording_sid}")


def _by_operator() -> Metadata:
    return Metadata(actor=SYSTEM, request_id=new_sid("RQ"))


def _now() -> datetime:
    return datetime.now(UTC)


def _document(hold: Hold) -> dict[str, Any]:
    return {
        "account_sid": hold.account_sid,
        "recording_sid": hold.recording_sid,
        "reference": hold.reference,
        "held_at": iso_time(hold.occurred_at),
        "placed_by": hold.actor_sid or hold.actor_role,
    }
