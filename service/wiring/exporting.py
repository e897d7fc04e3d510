"""What the verb `export` does: one account after the other, one export at a time to a destination."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import asyncpg

from service.audit.positions import OutOfReach
from service.export.destination import Destination, destination, named
from service.export.events import EventsExport, ExportRefused, Span, logs
from service.export.snapshot import READ_MODELS, Snapshot
from service.media.storing.bucket import StoreFailed
from service.postgres.pool import connect, open_pool
from service.settings import Settings
from service.wiring.server import ServiceRefused, database


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What is asked for: `what` is events or a read model's name, `account` None all of them."""

    what: str
    to: str
    span: Span
    account: str | None
    with_canonical: bool


class Watcher(Protocol):
    """Is told of an account or a month: how many rows it has if that is known, rows as they are written, the end."""

    def begin(self, name: str, rows: int | None) -> None: ...
    def advance(self, rows: int) -> None: ...
    def end(self, document: dict[str, Any]) -> None: ...


async def export(settings: Settings, asked: Export, watcher: Watcher) -> None:
    """Export each account. Raises WrongDestination, ServiceRefused."""
    try:
        place = destination(asked.to)
        async with (
            database(settings) as dsn,
            alone(dsn, f"export of {asked.what}", named(asked.to)),
            await open_pool(dsn, max_size=2) as pool,
        ):
            found = await logs(pool, asked.account)
            if asked.account and not found:
                raise ServiceRefused(f"there are no events of {asked.account}")
            for log in found:
                done = await (_events if asked.what == "events" else _snapshot)(pool, place, asked, log, watcher)
                watcher.end({"account_sid": log["account_sid"], "export": asked.what} | done)
    except (StoreFailed, OutOfReach, ExportRefused) as error:
        raise ServiceRefused(str(error)) from None


async def _events(
    pool: asyncpg.Pool, place: Destination, asked: Export, log: asyncpg.Record, watcher: Watcher
) -> dict[str, Any]:
    events = EventsExport(pool, place, with_canonical=asked.with_canonical)
    bookmark, last = await events.positions(log["account_sid"], log["position"], asked.span)
    watcher.begin(log["account_sid"], max(0, last - bookmark.position))
    reached = await events.run(bookmark, last, watcher.advance)
    return {"rows": reached.position - bookmark.position, "position": reached.position}


async def _snapshot(
    pool: asyncpg.Pool, place: Destination, asked: Export, log: asyncpg.Record, watcher: Watcher
) -> dict[str, Any]:
    watcher.begin(log["account_sid"], None)
    snapshot = Snapshot(pool, place, watcher.advance, READ_MODELS[asked.what])
    return {"rows": await snapshot.run(log["account_sid"], asked.span), "position": None}


@asynccontextmanager
async def alone(dsn: str, what: str, to: str) -> AsyncIterator[None]:
    """Hold a destination: two at once would remove each other's files. Raises ServiceRefused."""
    connection = await connect(dsn)
    try:
        if not await connection.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", f"{what} {to}"):
            raise ServiceRefused(f"another {what}{f' to {to}' if to else ''} is under way")
        yield
    finally:
        await connection.close()
