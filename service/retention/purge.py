"""Takes out of the tables what its time is over for; the log keeps its facts."""

import asyncpg

from service.application.repeating import repeat
from service.postgres.pool import Session
from service.postgres.statement import statement

PAUSE_SECONDS = 600.0
STATEMENTS = ("purge_links", "purge_idempotency_keys")
"""What belongs to a recording goes before the recording itself."""
FEW = 1000
"""Recordings, or deliveries, that are purged while their accounts wait."""


class Purge:
    """A deleted recording's metadata stays 40 days (Twilio: Recording resource), an idempotency key 24 hours.

    Who was given a link can be read for 40 days after it ended.

    What was said in a deleted recording goes at the next tick. What became of a delivery is kept `history_days` from
    when it was settled, 0 for ever.

    What is under a legal hold stays: appends wait between the look and the deletion. An hour more than the 40 days goes
    by before a recording is purged, so that a hold which found it still there is placed on it.
    """

    def __init__(self, pool: asyncpg.Pool, history_days: int) -> None:
        self._pool = pool
        self._history_days = history_days

    async def tick(self) -> int:
        gone = await self._purge_transcriptions()
        gone += sum([await self._execute(name) for name in STATEMENTS])
        while batch := await self._purge_recordings():
            gone += batch
        while self._history_days and (batch := await self._purge_deliveries()):
            gone += batch
        return gone

    async def _execute(self, name: str, *arguments: object, on: Session | None = None) -> int:
        tag = await (on or self._pool).execute(statement(__package__, name), *arguments)
        return int(tag.split()[-1])

    async def run(self) -> None:
        await repeat(self.tick, PAUSE_SECONDS, failed="purge.failed")

    async def _purge_recordings(self) -> int:
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(statement(__package__, "lock_purged_accounts"))
            gone: int = await connection.fetchval(statement(__package__, "purge_recordings"), FEW)
            return gone

    async def _purge_transcriptions(self) -> int:
        async with self._pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(statement(__package__, "lock_transcribed_accounts"))
            return await self._execute("purge_transcriptions", [row["account_sid"] for row in rows], on=connection)

    async def _purge_deliveries(self) -> int:
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(statement(__package__, "lock_delivered_accounts"), self._history_days)
            return await self._execute("purge_settled_deliveries", self._history_days, FEW, on=connection)
