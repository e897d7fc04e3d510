"""What came of attempts, written down many at a time: what ends while others are being written waits for the next."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import asyncpg
import structlog

from service.callbacks.attempted import Attempted
from service.callbacks.presence import PLANNED
from service.postgres.pool import DATABASE_LOST, Session, connect
from service.postgres.statement import statement

AGAIN_SECONDS = 0.5
GATHER_SECONDS = 0.01
"""Between writes: a statement costs the same for one result as for thirty."""
LARGEST_BATCH = 256
_log = structlog.get_logger()


LATE = (0, 1, 2, 3, 7)
"""Those of an attempt's arguments that `note_late_attempts` takes."""


class Results:
    """Has a session of its own, so that no other work of the process holds up the slots that a result frees.

    `written` is told of each: the result, and whether it moved its delivery, or came after its lease was lost.
    """

    def __init__(self, dsn: str, written: Callable[[Attempted, bool], None]) -> None:
        self._dsn = dsn
        self._written = written
        self._session: asyncpg.Connection | None = None
        self._writing = asyncio.Lock()
        self._waiting: list[Attempted] = []
        self._arrived = asyncio.Event()

    def add(self, result: Attempted) -> None:
        self._waiting.append(result)
        self._arrived.set()

    async def tick(self) -> int:
        """Write down what waits; return how many. What the database does not take waits on."""
        async with self._writing:
            batch = self._waiting[:LARGEST_BATCH]
            if batch:
                moved = await self._write(batch)
                del self._waiting[: len(batch)]
                for result in batch:
                    self._written(result, result.identity in moved)
            return len(batch)

    async def run(self) -> None:
        """Repeat `tick` until cancelled."""
        while True:
            self._arrived.clear()
            try:
                if await self.tick():
                    await asyncio.sleep(GATHER_SECONDS)
                else:
                    await self._arrived.wait()
            except DATABASE_LOST as error:
                # The claims stay this dispatcher's: its number outlives a session, and its peers wait for it a while.
                _log.warning("callback.record_failed", error=str(error), results=len(self._waiting))
                await asyncio.sleep(AGAIN_SECONDS)

    async def close(self) -> None:
        """Write down all that waits, unless the database is out of reach: then the leases run out."""
        with suppress(*DATABASE_LOST):
            while await self.tick():
                pass
            if self._session:
                await self._session.close()

    async def _write(self, batch: Sequence[Attempted]) -> set[tuple[str, str, int]]:
        if self._session is None or self._session.is_closed():
            self._session = await connect(self._dsn, application_name="recordkeeper dispatcher", **PLANNED)
        moved = await record_attempts(self._session, batch)
        late = [result.arguments() for result in batch if result.identity not in moved]
        if late:
            columns = [[given[number] for given in late] for number in LATE]
            await self._session.execute(statement(__package__, "note_late_attempts"), *columns)
        return moved


async def record_attempts(session: Session, results: Sequence[Attempted]) -> set[tuple[str, str, int]]:
    """Write down what came of attempts; return the identities of those that moved their delivery."""
    columns = [list(column) for column in zip(*(result.arguments() for result in results), strict=True)]
    rows = await session.fetch(statement(__package__, "record_attempts"), *columns) if columns else []
    return {tuple(row.values()) for row in rows}
