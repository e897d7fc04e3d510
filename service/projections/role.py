"""Who folds: a role that reads events and writes read models, and has no right on what customers are told."""

import asyncpg
from asyncpg.pool import PoolConnectionProxy

ROLE = "recordkeeper_projector"
_BECOME = """
SELECT set_config('role', rolname, true) FROM pg_roles
WHERE rolname = $1 AND pg_has_role(session_user, oid, 'MEMBER')
"""


async def become_projector(connection: asyncpg.Connection | PoolConnectionProxy) -> None:
    """Act as the projectors' role until the transaction ends, where the server has it."""
    await connection.fetchval(_BECOME, ROLE)
