"""Appends through the store, and the very same statement by pgbench."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import uvloop

from bench.deliveries import ACCOUNTS
from bench.load import scripted
from bench.log_filling import TOLD
from service.application.identifiers import new_ordered_sid
from service.eventstore.event import Append, Envelope, NewEvent
from service.eventstore.store import PostgresEventStore
from service.postgres.pool import open_pool
from service.postgres.statement import statement
from service.projections.recordings import PROJECTION

CALL = "CA" + "b" * 32
MADE_UP = {"ACCOUNT": "'AC' || lpad(to_hex(1 + (:client_id::bigint + :n::bigint) % :accounts), 32, '0')"} | {
    "STREAM": "'RE' || :run::text || lpad(to_hex(:client_id::bigint), 4, '0') || lpad(to_hex(:n::bigint), 16, '0')"
}
"""What stands for the SIDs in pgbench's statement."""


def stored(seconds: float, dsn: str, clients: int, accounts: int) -> float:
    """Return appends a second: each client starts a recording and stops it, over and over."""
    return uvloop.run(_stored(seconds, dsn, clients, ACCOUNTS[:accounts]))


async def _stored(seconds: float, dsn: str, clients: int, accounts: Sequence[str]) -> float:
    appended = 0
    async with await open_pool(dsn) as pool:
        store = PostgresEventStore(pool, projection=PROJECTION, effects={})
        began = time.monotonic()

        async def client(number: int) -> None:
            nonlocal appended
            while time.monotonic() < began + seconds:
                now = datetime.now(UTC)
                stream, number = new_ordered_sid("RE", now), number + 1
                for version in (0, 1):
                    await store.append(_append(accounts[number % len(accounts)], stream, version, now))
                    appended += 1

        await asyncio.gather(*map(client, range(clients)))
        return appended / (time.monotonic() - began)


def by_pgbench(seconds: float, dsn: str, clients: int, accounts: int) -> float:
    """Return appends a second of pgbench, which runs the store's statement and nothing else."""
    script = "\\set n :n + 1\n" + "\n".join(_statement(version) + ";" for version in (0, 1))
    variables = {"accounts": accounts, "n": 0, "run": f"{time.time_ns() // 1_000_000:012x}"}
    return 2 * scripted(dsn, script, variables, seconds, clients)


def _append(account_sid: str, stream: str, version: int, now: datetime) -> Append:
    """Return the append of the started event (0), or of the stopped one."""
    told = TOLD[0 if version == 0 else 3]
    event = NewEvent(type=told["type"], schema=told["schema"], data=told["data"], occurred_at=now)
    envelope = Envelope(
        call_sid=CALL, conference_sid=None, actor_sid=account_sid, actor_role="account", request_id="RQ" + "0" * 32
    )
    return Append(account_sid=account_sid, stream=stream, expected_version=version, events=[event], envelope=envelope)


def _statement(version: int) -> str:
    # pgbench takes a colon with letters behind it for a variable of its own.
    [text] = _append("ACCOUNT", "STREAM", version, datetime.now(UTC)).canonical()
    text = f"'{text}'".replace(":null", ": null").replace(":true", ": true").replace(":false", ": false")
    for name, made in MADE_UP.items():
        text = text.replace(name, f"' || {made} || '")
    composed = statement("service.eventstore", "append").replace(":projection", PROJECTION).replace(":effects", "")
    for name, value in (
        ("$1", MADE_UP["ACCOUNT"]),
        ("$2", "'{0}'"),
        ("$3", f"ARRAY[{text}]"),
        ("$4", "ARRAY[NULL]::integer[]"),
    ):
        composed = composed.replace(name, value)
    return composed
