"""Takes out of the tables what its time is over for; the log keeps its facts."""

import asyncpg

from service.application.repeating import repeat
from service.postgres.statement import statement

PAUSE_SECONDS = 600.0
STATEMENTS = ("purge_transcriptions", "purge_links", "purge_stream_keys", "purge_recordings", "purge_idempotency_keys")
"""In this order: what belongs to a recording goes before the recording itself."""


class Purge:
    """A deleted recording's metadata stays 40 days (Twilio: Recording resource), an idempotency key 24 hours.

    Who was given a link can be read for 40 days after it ended.

    What was said in a deleted recording goes at the next tick.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def tick(self) -> int:
        tags = [await self._pool.execute(statement(__package__, name)) for name in STATEMENTS]
        return sum(int(tag.split()[-1]) for tag in tags)

    async def run(self) -> None:
        await repeat(self.tick, PAUSE_SECONDS, failed="purge.failed")
