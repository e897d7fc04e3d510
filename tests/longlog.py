"""A log of many days, written at once: chained and whole, as the service would have left it."""

from datetime import UTC, datetime, timedelta

import asyncpg

from facts import AC, started
from service.application.codec import encode
from service.application.identifiers import new_ordered_sid
from service.eventstore.event import GENESIS, Append, Envelope, NewEvent, event_hash, iso_time

BEGIN = datetime(2026, 7, 30, 22, 0, tzinfo=UTC)
SECRET = "hunter2"
INSERT = """
INSERT INTO events (
    account_sid, recording_sid, version, position, type, schema, data, call_sid, conference_sid, actor_sid, actor_role,
    request_id, causation_id, correlation_id, occurred_at, recorded_at, canonical, previous_hash, hash
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
"""
HEAD = """
INSERT INTO account_heads (account_sid, position, hash) VALUES ($1, $2, $3)
ON CONFLICT (account_sid) DO UPDATE SET position = excluded.position, hash = excluded.hash
"""


def records(account_sid: str, count: int, every: timedelta, begin: datetime = BEGIN) -> list[tuple]:
    """Return events of recordings with `started`, `stopped`, `absent`, one after the other."""
    rows, previous, sid = [], GENESIS, ""
    name, schema, data = encode(started())
    data = {**data, "callback": {**data["callback"], "url": f"https://example.com/cb?token={SECRET}"}}
    for position in range(1, count + 1):
        at, version = begin + every * position, (position - 1) % 3 + 1
        if version == 1:
            sid = new_ordered_sid("RE", at)
        fact = ((name, schema, data), ("stopped", 1, {"cause": "api", "position": 9}), ("absent", 1, {"error_code": 1}))
        kind, number, said = fact[version - 1]
        event = NewEvent(type=kind, schema=number, data=said, occurred_at=at)
        envelope = Envelope(
            call_sid="CA" + "b" * 32,
            conference_sid=None,
            actor_sid=AC,
            actor_role="account",
            request_id="RQ" + "1" * 32,
        )
        append = Append(
            account_sid=account_sid, stream=sid, expected_version=version - 1, events=[event], envelope=envelope
        )
        (text,) = append.canonical()
        previous, before = event_hash(previous, position, at, text), previous
        rows.append(
            (
                account_sid,
                sid,
                version,
                position,
                kind,
                number,
                said,
                envelope.call_sid,
                None,
                AC,
                "account",
                envelope.request_id,
                None,
                None,
                at,
                at,
                text,
                before,
                previous,
            )
        )
    return rows


async def write_log(pool: asyncpg.Pool, account_sid: str, count: int, every: timedelta) -> None:
    rows = records(account_sid, count, every)
    async with pool.acquire() as connection:
        await connection.executemany(INSERT, rows)
        await connection.execute(HEAD, account_sid, count, rows[-1][-1])


def moment(position: int, every: timedelta) -> str:
    return iso_time(BEGIN + every * position)
