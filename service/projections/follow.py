"""Takes events into a read model that follows the log: which recordings changed, and these folded again."""

import asyncio
import time
from zlib import crc32

import asyncpg
import structlog
from asyncpg.pool import PoolConnectionProxy

from service.application.codec import KNOWN_TYPES
from service.application.repeating import repeat
from service.postgres.statement import statement
from service.projections.projection import Projection
from service.projections.role import become_projector

LOCK = 0x666F6C6C
""""foll": the first number of the advisory locks; the second is the projection's."""
BATCH = 5000
"""Events a transaction takes in, at about 20,000 a second."""
PAUSE_SECONDS = 2.0
REST = 4.0
"""How much longer than it works a follower rests while it catches up: the database has more to do."""
_BY_INDEX = """
SELECT set_config(name, 'off', true) FROM unnest(ARRAY['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin']) AS name
"""
"""Until the transaction ends: it is always little of the log that is taken in, whatever the planner makes of it."""
_GIVEN = "SELECT account_sid, sid FROM unnest($1::text[], $2::text[]) AS changed (account_sid, sid)"
Session = asyncpg.Connection | PoolConnectionProxy
_log = structlog.get_logger()


class ProjectionStopped(Exception):  # noqa: N818 - names what was met
    """The log holds an event that a projection cannot take in, as this version of the program does not know it."""

    def __init__(self, projection: str, met: asyncpg.Record) -> None:
        self.projection, self.met = projection, dict(met)
        super().__init__(
            f"{projection} is stopped: this version does not know events of type '{met['type']}', schema"
            f" {met['schema']}, as at position {met['position']} of {met['account_sid']}; run the version that wrote it"
        )


def lock_of(projection: Projection) -> int:
    return crc32(projection.name.encode()) >> 1


def is_known() -> str:
    """Return what holds of events that this version knows, in SQL: words of our own."""
    schemas = " ".join(f"WHEN '{name}' THEN {schema}" for name, schema in KNOWN_TYPES.items())
    return f"schema <= CASE type {schemas} ELSE 0 END"


def known_types() -> tuple[list[str], list[int]]:
    return list(KNOWN_TYPES), list(KNOWN_TYPES.values())


async def take_in(
    connection: Session, projection: Projection, suffix: str = "", *, checkpoint: str, batch: int = BATCH
) -> int:
    """Fold again what changed behind a checkpoint, and move that on; return how many events that were.

    An account's positions are given in commit order and without a gap, so its head says what there is, however long
    any transaction has been open. Whole streams are folded: in which order accounts are taken makes no difference.
    Raises ProjectionStopped.
    """
    rows = await connection.fetch(statement(__package__, "select_behind"), checkpoint, batch)
    if not rows:
        return 0
    await connection.fetchrow(_BY_INDEX)
    accounts, after, upto = ([row[name] for row in rows] for name in ("account_sid", "after", "upto"))
    unknown = statement(__package__, "select_unknown_taken")
    if met := await connection.fetchrow(unknown, accounts, after, upto, *known_types()):
        raise ProjectionStopped(projection.name, met)
    folding = projection.folding("changed_streams", suffix, again=True)
    changed = await connection.fetch(folding, accounts, after, upto)
    if projection.summary and changed:
        keys = ([row[name] for row in changed] for name in ("account_sid", projection.table.key))
        await connection.execute(projection.summarising(_GIVEN, suffix), *keys)
    await connection.execute(statement(__package__, "advance_checkpoints"), checkpoint, accounts, upto)
    return int(sum(upto) - sum(after))


class Follower:
    """Keeps one read model up, in one process at a time."""

    def __init__(self, pool: asyncpg.Pool, projection: Projection) -> None:
        self._pool = pool
        self._projection = projection
        self._stopped: str | None = None

    async def tick(self, batch: int = BATCH) -> int:
        """Take in a batch; return how many events that were: none also when another process is at it."""
        async with self._pool.acquire() as connection, connection.transaction():
            if not await connection.fetchval(
                "SELECT pg_try_advisory_xact_lock($1, $2)", LOCK, lock_of(self._projection)
            ):
                return 0
            await become_projector(connection)
            return await take_in(connection, self._projection, checkpoint=self._projection.name, batch=batch)

    async def run(self) -> None:
        await repeat(self._catch_up, PAUSE_SECONDS, failed="projection.failed")

    async def _catch_up(self) -> None:
        try:
            began = time.monotonic()
            while await self.tick():
                self._stopped = None
                await asyncio.sleep(REST * (time.monotonic() - began))
                began = time.monotonic()
        except ProjectionStopped as stopped:
            if str(stopped) != self._stopped:
                _log.error("projection.stopped", projection=stopped.projection, **stopped.met)
            self._stopped = str(stopped)
