"""A log of many days, written at once: chained and whole, as the service would have left it."""

from datetime import UTC, datetime, timedelta

import asyncpg

from facts import AC, started
from service.application.codec import encode
from service.application.identifiers import new_ordered_sid
from service.eventstore.event import GENESIS, Append, Envelope, NewEvent, event_hash, iso_time

BEGIN = datetime(2026, 7, 30, 22, 0, tzinfo=UTC)
SECRET = "hunter2"
ENVELOPE = Envelope(
    call_sid="CA" + "b" * 32, conference_sid=None, actor_sid=AC, actor_role="account", request_id="RQ" + "1" * 32
)
COLUMNS = (
    *("account_sid", "recording_sid", "version", "position", "type", "schema", "data", "call_sid", "conference_sid"),
    *("actor_sid", "actor_role", "request_id", "causation_id", "correlation_id", "occurred_at", "recorded_at"),
    *("canonical", "previous_hash", "hash"),
)
INSERT = f"""
INSERT INTO events ({", ".join(COLUMNS)}) VALUES ({", ".join(f"${n}" for n in range(1, len(COLUMNS) + 1))})
"""  # noqa: S608 - columns of our own
HEAD = """
INSERT INTO account_heads (account_sid, position, hash) VALUES ($1, $2, $3)
ON CONFLICT (account_sid) DO UPDATE SET position = excluded.position, hash = excluded.hash
"""


def records(account_sid: str, count: int, every: timedelta, begin: datetime = BEGIN) -> list[tuple]:
    """Return events of recordings with `started`, `stopped`, `absent`, one after the other, as `COLUMNS` has them."""
    rows, previous, sid, facts = [], GENESIS, "", life()
    for position in range(1, count + 1):
        at, version = begin + every * position, (position - 1) % 3 + 1
        if version == 1:
            sid = new_ordered_sid("RE", at)
        kind, number, said = facts[version - 1]
        event = NewEvent(type=kind, schema=number, data=said, occurred_at=at)
        append = Append(
            account_sid=account_sid, stream=sid, expected_version=version - 1, events=[event], envelope=ENVELOPE
        )
        (text,) = append.canonical()
        before, previous = previous, event_hash(previous, position, at, text)
        caused = (ENVELOPE.call_sid, None, AC, "account", ENVELOPE.request_id, None, None)
        place = (account_sid, sid, version, position)
        rows.append((*place, kind, number, said, *caused, at, at, text, before, previous))
    return rows


def life() -> list[tuple]:
    """Return type, schema and data of a recording's three events."""
    name, schema, data = encode(started())
    data = {**data, "callback": {**data["callback"], "url": f"https://example.com/cb?token={SECRET}"}}
    return [(name, schema, data), ("stopped", 1, {"cause": "api", "position": 9}), ("absent", 1, {"error_code": 1})]


async def write_log(pool: asyncpg.Pool, account_sid: str, count: int, every: timedelta) -> None:
    rows = records(account_sid, count, every)
    async with pool.acquire() as connection:
        await connection.executemany(INSERT, rows)
        await connection.execute(HEAD, account_sid, count, rows[-1][-1])


def moment(position: int, every: timedelta) -> str:
    return iso_time(BEGIN + every * position)
