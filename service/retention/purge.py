"""Takes out of the tables what its time is over for; the log keeps its facts."""

import asyncpg

from service.application.repeating import repeat
from service.postgres.statement import statement

PAUSE_SECONDS = 600.0
BATCH = 1000
STATEMENTS = ("purge_transcriptions", "purge_links", "purge_idempotency_keys")
"""What belongs to a recording goes before the recording itself."""


class Purge:
    """A deleted recording's metadata stays 40 days (Twilio: Recording resource), an idempotency key 24 hours.

    Who was given a link can be read for 40 days after it ended.

    What was said in a deleted recording goes at the next tick.

    What is under a legal hold stays. An hour more than the 40 days goes by before a recording is purged, so that a hold
    which found it still there is placed on it.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def tick(self) -> int:
        tags = [await self._pool.execute(statement(__package__, name)) for name in STATEMENTS]
        gone = sum(map(_count, tags))
        while batch := await self._purge_recordings():
            gone += batch
        return gone

    async def run(self) -> None:
        await repeat(self.tick, PAUSE_SECONDS, failed="purge.failed")

    async def _purge_recordings(self) -> int:
        """Purge a batch. Its accounts' appends wait meanwhile: no hold is placed between the look and the deletion."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(statement(__package__, "lock_purged_accounts"))
            return _count(await connection.execute(statement(__package__, "purge_recordings"), BATCH))


def _count(tag: str) -> int:
    return int(tag.rsplit(maxsplit=1)[-1])
