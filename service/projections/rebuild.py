"""Makes the read model anew from the log, while it is being read."""

import asyncpg

from service.postgres.statement import statement
from service.projections.verify import fold_log

STEPS = ("delete_differing", "insert_missing")


async def rebuild_recordings(dsn: str) -> int:
    """Put right every row that differs from what the log says; return how many recordings that were.

    Readers go on. Appends wait: the lock is taken before the log is read, so none falls between the two.
    """
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE recordings IN EXCLUSIVE MODE")
            await fold_log(connection)
            await connection.execute(statement(__package__, "delete_long_deleted"))
            differing = await connection.fetch(statement(__package__, "select_differences"))
            for step in STEPS:
                await connection.execute(statement(__package__, step))
    finally:
        await connection.close()
    return len(differing)
