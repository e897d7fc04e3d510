"""Gives up what has waited a day for a host that answers nobody: it ends as if it had failed at a last attempt."""

from collections import Counter
from datetime import UTC, datetime

import asyncpg
import structlog

from service.application.repeating import repeat
from service.callbacks.attempted import Attempted
from service.callbacks.outcome import CONNECTION_FAILURE, Failed, Failure
from service.callbacks.presence import PLANNED
from service.callbacks.results import record_attempts
from service.postgres.statement import statement

PAUSE_SECONDS = 600.0
LARGEST_BATCH = 1000
"""In one transaction: no lock is held for long."""
_GIVEN_UP = Failed(
    failure=Failure.CONNECTION,
    error_code=CONNECTION_FAILURE,
    error="given up: its host answered nothing for 24 hours",
)
_log = structlog.get_logger()


class GivingUp:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def tick(self) -> int:
        """Give up all there is to; return how many deliveries that were."""
        given_up = batch = await self._give_up()
        while batch == LARGEST_BATCH:
            batch = await self._give_up()
            given_up += batch
        return given_up

    async def run(self) -> None:
        await repeat(self.tick, PAUSE_SECONDS, failed="callback.not_given_up")

    async def _give_up(self) -> int:
        async with self._pool.acquire() as connection, connection.transaction():
            claims = await connection.fetch(statement(__package__, "claim_given_up"), LARGEST_BATCH)
            for name, value in PLANNED.items():
                await connection.execute(f"SET LOCAL {name} = {value}")
            await record_attempts(connection, [_failed(claim, datetime.now(UTC)) for claim in claims])
        if claims:
            hosts = Counter(claim["host"] for claim in claims)
            _log.warning("callback.given_up", deliveries=len(claims), hosts=dict(hosts.most_common(10)))
        return len(claims)


def _failed(claim: asyncpg.Record, at: datetime) -> Attempted:
    return Attempted(
        claim=claim, outcome=_GIVEN_UP, began=at, duration_ms=0, status="failed", delay=None, first_after=None
    )
