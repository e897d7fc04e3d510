"""How much there is to verify."""

import asyncpg

from service.postgres.statement import statement


async def extent(pool: asyncpg.Pool) -> dict[str, int]:
    """Return how many accounts, events and seals there are, and how many of the events no seal covers yet."""
    row = await pool.fetchrow(statement(__package__, "select_extent"))
    newest = await pool.fetchrow(statement(__package__, "select_last_seal"))
    query = statement(__package__, "select_accounts_in_force")
    sealed = sum(log["length"] for log in await pool.fetch(query, newest["n"])) if newest else 0
    return dict(row or {}) | {"events_not_sealed": max(0, (row["events"] if row else 0) - sealed)}
