"""Rows of streams that are in an archive: no longer derived from the database, and final, so taken as they are."""

import asyncpg

from service.postgres.statement import statement
from service.projections.projection import Projection

_COUNT = "SELECT count(*) FROM archives"
_ARCHIVED = """
SELECT sids.account_sid, sids.sid
FROM archives
JOIN {table} AS sids
    ON sids.account_sid = archives.account_sid AND sids.sid >= archives.first_sid AND sids.sid < archives.end_sid
"""


async def archives(connection: asyncpg.Connection) -> int:
    """Return what tells whether something was archived meanwhile."""
    return int(await connection.fetchval(_COUNT))


async def keep_archived(connection: asyncpg.Connection, projection: Projection, suffix: str) -> int:
    """Copy the live rows of archived streams to the table with a suffix; return `archives` as it was before."""
    count = await archives(connection)
    if count:
        async with connection.transaction():
            for name in ("delete_archived", "copy_archived"):
                text = statement(__package__, name).replace(":fresh", projection.table.name + suffix)
                await connection.execute(text.replace(":live", projection.table.name))
    return count


async def summarise_archived(connection: asyncpg.Connection, projection: Projection, suffix: str) -> None:
    if projection.summary:
        await connection.execute(projection.summarising(_ARCHIVED.format(table=projection.table.name), suffix))
