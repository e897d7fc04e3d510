"""The read models held against the log through the domain: its own `evolve` says what each row must be."""

from decimal import Decimal

import asyncpg

from service.application.codec import decode
from service.domain.events import (
    RecordingAbsent,
    RecordingCompleted,
    RecordingDeleted,
    RecordingHeld,
    RecordingPaused,
    RecordingRefused,
    RecordingReleased,
    RecordingResumed,
    RecordingStarted,
    RecordingStopped,
)
from service.domain.recording import fold
from service.eventstore.store import stored_event

HOLDS = (RecordingHeld, RecordingReleased, RecordingRefused)
"""What leaves a recording as it was."""
LOG = "SELECT * FROM events WHERE recording_sid LIKE 'RE%' ORDER BY account_sid, recording_sid, version"


async def streams(connection: asyncpg.Connection | asyncpg.Pool) -> dict[tuple[str, str], list]:
    """Return every stream of recordings, by account and SID: (stored event, domain event), oldest first."""
    found = {}
    for row in await connection.fetch(LOG):
        stored = stored_event(row)
        found.setdefault((stored.account_sid, stored.recording_sid), []).append((stored, decode(stored)))
    return found


async def unlike_the_domain(pool: asyncpg.Pool, *, long_deleted: frozenset[str] = frozenset()) -> list[str]:
    """Return the SIDs of recordings whose row is not what the domain makes of their events, in one snapshot of both."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
        rows = {(row["account_sid"], row["sid"]): dict(row) for row in await connection.fetch("TABLE recordings")}
        log = await streams(connection)
    wanted = {key: recording(events) for key, events in log.items() if key[1] not in long_deleted}
    return [key[1] for key in wanted.keys() | rows.keys() if rows.get(key) != wanted.get(key)]


def recording(events: list) -> dict:
    """Return the row of `recordings` that these events come to."""
    state = fold(event for _, event in events)
    first, changed = events[0][0], [stored.recorded_at for stored, event in events if not isinstance(event, HOLDS)]
    held = [isinstance(event, RecordingHeld) for _, event in events if isinstance(event, HOLDS[:2])]
    at = {type(event): stored.recorded_at for stored, event in events}
    return finished([event for _, event in events]) | {
        "account_sid": first.account_sid,
        "sid": first.recording_sid,
        "version": state.version,
        "call_sid": state.started.call_sid,
        "conference_sid": state.started.conference_sid,
        "source": state.started.source,
        "channels": state.started.channels,
        "track": state.started.track,
        "live_status": state.status,
        "start_time": first.occurred_at,
        "date_created": first.recorded_at,
        "date_updated": changed[-1],
        "stopped_at": at.get(RecordingStopped),
        "deleted_at": at.get(RecordingDeleted),
        "media_url": state.media_url,
        "encryption": None,
        "held": held[-1] if held else None,
    }


def finished(events: list) -> dict:
    """Return what the columns hold that completed and absent recordings have."""
    completed = next((event for event in events if isinstance(event, RecordingCompleted)), None)
    absent = next((event for event in events if isinstance(event, RecordingAbsent)), None)
    return {
        "duration": completed and completed.duration,
        "price": completed and completed.price and Decimal(completed.price),
        "price_unit": completed and completed.price_unit,
        "stored_channels": completed and completed.channels,
        "error_code": absent and absent.error_code,
    }


async def usage_by_the_domain(pool: asyncpg.Pool) -> dict:
    """Return what `usage` must hold of counts and sums: by account and day, the numbers that are not zero."""
    days = {}
    for (account, _), events in (await streams(pool)).items():
        for (day, name), number in _counted(events).items():
            numbers = days.setdefault((account, day), {})
            numbers[name] = numbers.get(name, 0) + number
    return {key: {name: number for name, number in numbers.items() if number} for key, numbers in days.items()}


def _counted(events: list) -> dict:
    counted, paused_at, paused = {}, None, 0.0
    for stored, event in events:
        day = stored.occurred_at.date()
        match event:
            case RecordingStarted():
                counted[day, "started"] = 1
            case RecordingPaused():
                paused_at = stored.occurred_at
            case RecordingResumed() | RecordingStopped() if paused_at:
                paused, paused_at = paused + (stored.occurred_at - paused_at).total_seconds(), None
            case RecordingCompleted():
                counted[day, "completed"] = 1
                counted |= {(day, "seconds_recorded"): event.duration, (day, "seconds_paused"): max(paused, 0)}
            case RecordingAbsent():
                counted[day, "absent"] = 1
            case RecordingDeleted():
                counted[day, "deleted"] = 1
    return counted
