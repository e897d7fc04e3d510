"""Makes the partitions of the log before their months begin."""

import asyncpg

from service.application.repeating import repeat
from service.postgres.statement import statement

PAUSE_SECONDS = 3600.0
MONTHS_AHEAD = 2
"""Long enough that a service which stood still for weeks finds its month made."""


class Partitions:
    """A recording whose month has none goes into the default partition: nothing is ever refused for want of one."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def tick(self) -> int:
        return len(await self._pool.fetch(statement(__package__, "ensure_partitions"), MONTHS_AHEAD))

    async def run(self) -> None:
        await repeat(self.tick, PAUSE_SECONDS, failed="partitions.failed")
