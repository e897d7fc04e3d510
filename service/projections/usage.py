"""The read model `usage`: what an account's recordings came to, day by day; and how its callbacks ended beside it."""

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

import asyncpg

from service.application.paging import Cursor, Page
from service.eventstore.event import Row
from service.postgres.statement import statement
from service.projections.follow import LOCK

COUNT_SECONDS = 30.0
_CALLBACKS = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageDay:
    """Each event counts on its own day (UTC); seconds and callbacks with the event they belong to."""

    account_sid: str
    day: date
    started: int
    completed: int
    absent: int
    absent_by_code: dict[str, int]
    deleted: int
    seconds_recorded: int
    seconds_paused: Decimal
    duration_median: Decimal | None
    duration_p95: Decimal | None
    finishing_median: Decimal | None
    finishing_p95: Decimal | None
    delivered: int
    failed: int
    discarded: int
    pending: int

    @property
    def sid(self) -> str:
        """What names the row in a page's token."""
        return self.day.isoformat()

    @classmethod
    def of(cls, row: Row) -> "UsageDay":
        return cls(**{field.name: row[field.name] for field in fields(cls)})


class Usage:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._older = statement(__package__, "list_usage")
        self._newer = statement(__package__, "list_newer_usage")

    async def page(
        self, account_sid: str, first: date | None, last: date | None, cursor: Cursor | None, size: int
    ) -> Page[UsageDay]:
        """Return days from `first` to `last`, both inclusive, newest first; days on which nothing happened are none."""
        query = self._newer if cursor is not None and cursor.newer else self._older
        before = date.fromisoformat(cursor.sid) if cursor else None
        rows = await self._pool.fetch(query, account_sid, first, last, before, size + 1)
        return Page.of([UsageDay.of(row) for row in rows], size, cursor)

    async def count_callbacks(self) -> int:
        """Count the callbacks of the days whose count may have changed; return how many days that were."""
        async with self._pool.acquire() as connection, connection.transaction():
            if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1, $2)", LOCK, _CALLBACKS):
                return 0
            tag = await connection.execute(statement(__package__, "count_callbacks"))
            return int(tag.split()[-1])
