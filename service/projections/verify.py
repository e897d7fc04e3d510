"""Holds the live read model against one made anew from the log."""

import asyncpg

from service.postgres.statement import statement
from service.projections.recordings import PROJECTION

# Two texts of our own, joined: nothing from outside goes in.
_FROM_LOG = "WITH appended AS (\n    SELECT * FROM events\n)\n" + PROJECTION.replace("INTO recordings", "INTO rebuilt")


async def fold_log(connection: asyncpg.Connection) -> None:
    """Fold the whole log into a table `rebuilt` that lasts as long as the transaction."""
    await connection.execute("CREATE TEMP TABLE rebuilt (LIKE recordings INCLUDING INDEXES) ON COMMIT DROP")
    await connection.execute(_FROM_LOG)


async def differing_recordings(dsn: str) -> list[str]:
    """Return the SIDs of recordings whose row differs from what the log says, in one snapshot of both."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction(isolation="repeatable_read"):
            await fold_log(connection)
            rows = await connection.fetch(statement(__package__, "select_differences"))
    finally:
        await connection.close()
    return [row["sid"] for row in rows]
