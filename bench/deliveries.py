"""What is delivered: callbacks as recordings owe them, in the tables or on their way into somebody else's."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import asyncpg

from service.application.identifiers import new_ordered_sid
from service.callbacks.payload import parameters
from service.callbacks.target import destination_of
from service.domain.events import RecordingAbsent, RecordingStarted
from service.domain.values import Source, Track, Trim

ACCOUNTS = tuple(f"AC{number:032x}" for number in range(1, 9))
TOKEN = "0123456789abcdef0123456789abcdef"
STARTED = RecordingStarted(
    call_sid="CA" + "b" * 32,
    conference_sid=None,
    source=Source.START_CALL_RECORDING_API,
    channels=2,
    track=Track.BOTH,
    trim=Trim.DO_NOT_TRIM,
    callback=None,
    position=0,
    public_url="http://recordings.example.com",
)
COLUMNS = (
    *("account_sid", "recording_sid", "event_version", "sid", "event", "occurred_at"),
    *("url", "method", "parameters", "host", "idempotency_token"),
)
PENDING = """
SELECT url, method, parameters, idempotency_token::text, auth_token
FROM pending_deliveries JOIN accounts ON accounts.sid = account_sid ORDER BY due_at, recording_sid, event_version
"""
HISTORY = (Path(__file__).parent / "history.sql").read_text()


async def make_accounts(connection: asyncpg.Connection) -> None:
    for sid in ACCOUNTS:
        await connection.execute(
            "INSERT INTO accounts (sid, friendly_name, auth_token) VALUES ($1, '', $2)", sid, TOKEN
        )


async def owe(connection: asyncpg.Connection, url: str, count: int, *, afresh: bool = True) -> None:
    """Owe so many deliveries, an event each; two of a recording of every four. `afresh`: and none of before."""
    if afresh:
        await connection.execute("TRUNCATE pending_deliveries")
    await connection.copy_records_to_table("pending_deliveries", columns=COLUMNS, records=_rows(url, count))
    if afresh:
        await connection.execute("VACUUM ANALYZE pending_deliveries")


def _rows(url: str, count: int) -> list[tuple[Any, ...]]:
    at, rows, host = datetime.now(UTC), [], destination_of(url)
    event, version, sid = RecordingAbsent(error_code=16101), 1, ""
    for number in range(count):
        version = 3 if number % 4 == 1 else 1
        sid = sid if version > 1 else new_ordered_sid("RE", at + timedelta(milliseconds=number))
        account_sid = ACCOUNTS[(number - (version > 1)) % len(ACCOUNTS)]
        told, token = urlencode(parameters(account_sid, sid, STARTED, at, event)), UUID(int=uuid4().int)
        key = account_sid, sid, version, f"DL{sid[2:14]}{token.hex[12:]}"
        rows.append((*key, "absent", at, url, "POST", told, host, token))
    return rows


async def remember(connection: asyncpg.Connection, count: int) -> None:
    """Have so many settled deliveries, as of earlier days, and no others."""
    told = urlencode(
        parameters(ACCOUNTS[0], "RE" + "d" * 32, STARTED, datetime.now(UTC), RecordingAbsent(error_code=1))
    )
    await connection.execute("TRUNCATE settled_deliveries")
    await connection.execute(HISTORY, count, told)
    await connection.execute("VACUUM ANALYZE settled_deliveries")


async def still_owed(connection: asyncpg.Connection) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM pending_deliveries"))


async def settled(connection: asyncpg.Connection) -> set[str]:
    """Return the recordings of which something was told, or given up."""
    return {row["recording_sid"] for row in await connection.fetch("SELECT recording_sid FROM settled_deliveries")}


async def owed_bytes(connection: asyncpg.Connection) -> int:
    """Return the size of what is owed on disk, with its indexes."""
    return int(await connection.fetchval("SELECT pg_total_relation_size('pending_deliveries')"))
