"""Makes a read model anew from the first event, beside the live one, and swaps the two while everything goes on."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from service.postgres.statement import statement
from service.projections import shadow
from service.projections.archived import NOT_READABLE, ArchivedEvents, Month, archived_months, fold_archived
from service.projections.compare import Comparison, Difference
from service.projections.follow import BATCH, ProjectionStopped, is_known, known_types, lock_of, take_in
from service.projections.progress import Progress, Told, nobody
from service.projections.projection import SHADOW, Projection
from service.projections.role import become_projector

LOCK = 0x72656275
""""rebu": the first number of the advisory locks; the second is the projection's."""
CHUNK = 20_000
"""Events a transaction folds, in about half a second; a stream is never divided."""
FEW = 200
"""Events that may be left for the swap to take in."""
LOCK_MS = 50
"""How long the swap waits for each of its locks: as long as that, and its own work, others wait behind it."""
WORK_MS = 100
"""How long a statement of the swap may take; more from time to time, for a machine on which it always does."""
TRIES = 20
POLL_SECONDS = 0.2
_ALL = "SELECT account_sid, sid FROM {table}"
_SESSION = {
    "application_name": "recordkeeper rebuild",
    "timezone": "UTC",
    "jit": "off",
    "plan_cache_mode": "force_custom_plan",  # a chunk is planned for its own bounds
    "synchronous_commit": "off",  # what a crash of the server takes back is folded again
    "work_mem": "64MB",
    "client_connection_check_interval": "1000",  # a killed program's session, and its lock, are gone in a second
}
_IN_ORDER = """
SELECT set_config(name, 'off', true)
FROM unnest(ARRAY['enable_seqscan', 'enable_bitmapscan', 'enable_sort', 'enable_hashagg']) AS name
"""
"""Until the transaction ends, a chunk is read by the log's own key: another index would read whole accounts."""
_NOT_NOW = (asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError, asyncpg.TransactionRollbackError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """`resumed`: it went on from where one that was stopped had come to. `differing` is None unless it was asked."""

    projection: str
    events: int
    seconds: float
    resumed: bool
    differing: list[Difference] | None


async def rebuild(
    dsn: str,
    projection: Projection,
    archive: ArchivedEvents = NOT_READABLE,
    *,
    compares: bool = False,
    chunk: int = CHUNK,
    told: Told = nobody,
) -> Rebuilt:
    """Rebuild and swap. It may be stopped at any moment and goes on when called again; one at a time, others wait.

    Nothing but the projection's tables is written. Raises ProjectionStopped.
    """
    began = time.monotonic()
    async with _alone(dsn, projection, told) as connection:
        state = await shadow.begin(connection, projection)
        resumed = bool(state["events"])
        try:
            events = await _fold(connection, projection, state, chunk, told)
        except asyncpg.DivisionByZeroError:
            [met] = await connection.fetch(statement(__package__, "select_unknown"), *known_types(), "RE%")
            raise ProjectionStopped(projection.name, met) from None
        told(Progress(projection=projection.name, doing="indexing", done=events, total=events))
        comparison = Comparison(connection, projection) if compares else None
        await _finish(connection, projection, archive, comparison, told)
    differing = comparison.found if comparison else None
    seconds = round(time.monotonic() - began, 3)
    return Rebuilt(projection=projection.name, events=events, seconds=seconds, resumed=resumed, differing=differing)


@asynccontextmanager
async def _alone(dsn: str, projection: Projection, told: Told) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn, server_settings=_SESSION)
    try:
        take = "SELECT pg_try_advisory_lock($1, $2)"
        while not await connection.fetchval(take, LOCK, lock_of(projection)):
            told(Progress(projection=projection.name, doing="waiting for another rebuild of it to end"))
            await asyncio.sleep(POLL_SECONDS)
        yield connection
    finally:
        await connection.close()


async def _fold(
    connection: asyncpg.Connection, projection: Projection, state: asyncpg.Record, chunk: int, told: Told
) -> int:
    """Fold chunk after chunk of the log, in the order of its key; return how many events that were."""
    total = await connection.fetchval(statement(__package__, "count_events"))
    folding = projection.folding("chunk_of_streams", SHADOW, known=is_known())
    ends = statement(__package__, "select_chunk_end")
    while not state["folded"]:
        told(Progress(projection=projection.name, doing="folding", done=state["events"], total=total))
        begin = (state["account_sid"], state["recording_sid"])
        async with connection.transaction():
            await become_projector(connection)
            await connection.fetchrow(_IN_ORDER)
            end = await connection.fetchrow(ends, *begin, chunk) or (None, None)
            await connection.execute(folding, *begin, *end)
            count = chunk if end[0] else max(0, total - state["events"])
            [state] = await connection.fetch(statement(__package__, "advance_rebuild"), projection.name, *end, count)
    return int(state["events"])


async def _finish(
    connection: asyncpg.Connection,
    projection: Projection,
    archive: ArchivedEvents,
    comparison: Comparison | None,
    told: Told,
) -> None:
    months = await _complete(connection, projection, archive)
    await _catch_up(connection, projection, comparison, told)
    while not await _swap(connection, projection, comparison, months, told):
        months = await fold_archived(connection, projection, SHADOW, archive, months)


async def _complete(connection: asyncpg.Connection, projection: Projection, archive: ArchivedEvents) -> set[Month]:
    """Add what is quicker to make at the end than to keep up; return which months of it are from the archive."""
    months = await fold_archived(connection, projection, SHADOW, archive)
    await shadow.add_indexes(connection, projection)
    if projection.summary:
        async with connection.transaction():
            await become_projector(connection)
            await connection.execute(projection.summarising(_ALL.format(table=projection.table.name), SHADOW))
    return months


async def _catch_up(
    connection: asyncpg.Connection, projection: Projection, comparison: Comparison | None, told: Told
) -> None:
    """Take in what was appended meanwhile until little is left; then compare, and take in what that took."""
    await _follow(connection, projection, told)
    if comparison:
        told(Progress(projection=projection.name, doing="comparing"))
        await comparison.begin()
        while comparison.settles():
            await _follow(connection, projection, told)
            await comparison.again()


async def _follow(connection: asyncpg.Connection, projection: Projection, told: Told) -> None:
    taken = BATCH
    while taken > FEW:
        async with connection.transaction():
            await become_projector(connection)
            taken = await take_in(connection, projection, SHADOW, checkpoint=shadow.rebuilding(projection))
        told(Progress(projection=projection.name, doing=f"catching up: {taken} events"))


async def _swap(
    connection: asyncpg.Connection,
    projection: Projection,
    comparison: Comparison | None,
    months: set[Month],
    told: Told,
) -> bool:
    """Swap as soon as the tables can be had at once: who reads or writes waits for no longer than a moment.

    Return False when something was archived meanwhile.
    """
    attempt = 0
    while True:
        attempt += 1
        try:
            return await _swap_now(connection, projection, comparison, months, WORK_MS * (1 + attempt // TRIES))
        except _NOT_NOW as error:
            told(Progress(projection=projection.name, doing=f"waiting to swap: {error}"))
            await asyncio.sleep(POLL_SECONDS)
            await _follow(connection, projection, told)


async def _swap_now(
    connection: asyncpg.Connection,
    projection: Projection,
    comparison: Comparison | None,
    months: set[Month],
    work_ms: int,
) -> bool:
    # One snapshot, taken once the lock is held: both sides of a comparison take in the same events.
    async with connection.transaction(isolation="repeatable_read"):
        await _take(connection, projection, work_ms)
        if await archived_months(connection) != months:
            return False
        while await take_in(connection, projection, SHADOW, checkpoint=shadow.rebuilding(projection)):
            pass
        if comparison:
            await comparison.end()
        await shadow.replace(connection, projection)
    return True


async def _take(connection: asyncpg.Connection, projection: Projection, work_ms: int) -> None:
    """Keep writers out, and archives.

    The weaker SHARE ROW EXCLUSIVE lets row locks in, and deadlocks with them at the rename.
    """
    await connection.execute(f"SET LOCAL lock_timeout = {LOCK_MS}; SET LOCAL statement_timeout = {work_ms}")
    names = ", ".join(table.name for table in projection.tables)
    await connection.execute("LOCK TABLE events IN ACCESS SHARE MODE")
    await connection.execute(f"LOCK TABLE {names} IN EXCLUSIVE MODE")
