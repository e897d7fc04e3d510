"""The read model `account_policies`: which accounts are under legal hold, and how long each keeps sound."""

import asyncpg

from service.postgres.statement import statement

_FOLD = statement(__package__, "project_policies")
"""The one definition, over a relation `ruled` of accounts' own streams, whole; these are short."""
EFFECT = "\n".join((statement(__package__, "policy_events_appended"), _FOLD))
"""For the event store, under the name `account_policies`: the rows given with it say nothing but that it is to run."""
_FROM_LOG = "\n".join((statement(__package__, "policy_events"), _FOLD))


async def differing_policies(dsn: str) -> list[str]:
    """Return the SIDs of accounts whose row differs from what the log says, in one snapshot of both."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction(isolation="repeatable_read"):
            return await _differing(connection)
    finally:
        await connection.close()


async def rebuild_policies(dsn: str) -> int:
    """Put right every row that differs from what the log says; return how many. Changes wait meanwhile."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE account_policies IN EXCLUSIVE MODE")
            differing = await _differing(connection)
            await connection.execute("DELETE FROM account_policies WHERE account_sid = ANY($1)", differing)
            await connection.execute(_FROM_LOG)
    finally:
        await connection.close()
    return len(differing)


async def _differing(connection: asyncpg.Connection) -> list[str]:
    await connection.execute(
        "CREATE TEMP TABLE policies_rebuilt (LIKE account_policies INCLUDING INDEXES) ON COMMIT DROP"
    )
    await connection.execute(_FROM_LOG.replace("INTO account_policies", "INTO policies_rebuilt"))
    rows = await connection.fetch(statement(__package__, "select_policy_differences"))
    return [row["account_sid"] for row in rows]
