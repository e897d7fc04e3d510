"""Holds the live read models against ones made anew from the log."""

import asyncpg

from service.postgres.statement import statement
from service.projections.archived import NOT_READABLE, ArchivedEvents, fold_archived
from service.projections.compare import Difference, rows_that_differ
from service.projections.follow import known_types
from service.projections.projection import Projection
from service.projections.registry import PROJECTIONS

_ANEW = "_verified"
_TABLE = "CREATE TEMP TABLE {name}{anew} (LIKE {name} INCLUDING INDEXES) ON COMMIT DROP"
_ALL = "SELECT account_sid, sid FROM {table}"


async def differing_recordings(dsn: str) -> list[str]:
    """Return the SIDs of recordings whose row differs from what the log says, in one snapshot of both."""
    return sorted({found.key for found in await differences(dsn, PROJECTIONS["recordings"])})


async def differences(dsn: str, projection: Projection, archive: ArchivedEvents = NOT_READABLE) -> list[Difference]:
    """Return the rows that differ from what the log says; not those of events that a follower has yet to take in."""
    connection = await asyncpg.connect(dsn, server_settings={"timezone": "UTC", "jit": "off"})
    try:
        async with connection.transaction(isolation="repeatable_read"):
            await _fold_log(connection, projection, archive)
            found = await rows_that_differ(connection, projection, _ANEW)
            return found if projection.inline else await _due(connection, projection, found)
    finally:
        await connection.close()


async def first_unknown(pool: asyncpg.Pool) -> asyncpg.Record | None:
    """Return the first event of a type that stops what meets it: projections, or what decides about its stream."""
    return await pool.fetchrow(statement(__package__, "select_unknown"), *known_types(), "%")


async def _fold_log(connection: asyncpg.Connection, projection: Projection, archive: ArchivedEvents) -> None:
    # Locked before the snapshot is taken: a rebuild's swap under it would show a table without its rows, an archive's
    # end a log without its events.
    names = ", ".join(["events", *(table.name for table in projection.tables)])
    await connection.execute(f"LOCK TABLE {names} IN ACCESS SHARE MODE")
    for table in projection.tables:
        await connection.execute(_TABLE.format(name=table.name, anew=_ANEW))
    await connection.execute(projection.folding("all_streams", _ANEW))
    await fold_archived(connection, projection, _ANEW, archive)
    if projection.summary:
        await connection.execute(projection.summarising(_ALL.format(table=projection.table.name), _ANEW))


async def _due(connection: asyncpg.Connection, projection: Projection, found: list[Difference]) -> list[Difference]:
    """Leave out what may differ because events are behind the projection's checkpoint."""
    accounts = list({one.account_sid for one in found})
    rows = await connection.fetch(statement(__package__, "select_lagging"), projection.name, accounts)
    lagging, behind = {(row["account_sid"], row["key"]) for row in rows}, {row["account_sid"] for row in rows}
    return [
        one
        for one in found
        if (one.account_sid, one.key) not in lagging
        and (one.table == projection.table.name or one.account_sid not in behind)
    ]
