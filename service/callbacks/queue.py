"""How much is owed at a moment."""

from typing import NamedTuple

import asyncpg

from service.callbacks.presence import PLANNED
from service.postgres.statement import statement

MOST_COUNTED = 10_000
TIMEOUT_SECONDS = 5.0


class Queue(NamedTuple):
    """`pending` is exact up to MOST_COUNTED, an estimate beyond; `due` is no more than that."""

    pending: int
    due: int
    oldest_due_seconds: float


async def measure_queue(pool: asyncpg.Pool) -> Queue:
    async with pool.acquire(timeout=TIMEOUT_SECONDS) as connection, connection.transaction(readonly=True):
        for name, value in (PLANNED | {"enable_bitmapscan": "off", "enable_sort": "off"}).items():
            await connection.execute(f"SET LOCAL {name} = {value}")
        query = statement(__package__, "measure_queue")
        (row,) = await connection.fetch(query, MOST_COUNTED, timeout=TIMEOUT_SECONDS)
    return Queue(**row)
