"""The connection pool: one prepared statement cache a connection, no session state, so nothing to reset."""

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy

ROLE = "recordkeeper_service"
Session = asyncpg.Connection | PoolConnectionProxy
Database = asyncpg.Pool | Session
"""What a single statement needs."""
DATABASE_LOST = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What a statement raises when the server is gone, also in the middle of connecting: background loops outlive it."""


class _Connection(asyncpg.Connection):
    async def reset(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncpg's signature
        """Clean up behind a transaction left open, nothing else: asyncpg's own reset costs more than a small query."""
        if self.is_in_transaction():
            await super().reset(timeout=timeout)


async def read_json(connection: asyncpg.Connection) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, encoder=_to_json, decoder=orjson.loads, schema="pg_catalog")


async def _prepare(connection: asyncpg.Connection) -> None:
    await read_json(connection)
    if await connection.fetchval(
        "SELECT pg_has_role(current_user, oid, 'MEMBER') FROM pg_roles WHERE rolname = $1", ROLE
    ):
        await connection.execute(f"SET ROLE {ROLE}")


def _to_json(value: object) -> str:
    return orjson.dumps(value).decode()


_SESSION = {"application_name": "recordkeeper", "timezone": "UTC", "jit": "off"}


async def connect(dsn: str, **settings: str) -> asyncpg.Connection:
    """Return a session outside of any pool, with `settings` of the server's on top."""
    connection = await asyncpg.connect(dsn, server_settings=_SESSION | settings)
    await _prepare(connection)
    return connection


async def open_pool(dsn: str, *, min_size: int = 1, max_size: int = 10) -> asyncpg.Pool:
    """Return a pool whose sessions act as the service's own role, where the server has it."""
    return await asyncpg.create_pool(
        dsn,
        min_size=min_size,
        max_size=max_size,
        max_inactive_connection_lifetime=0,
        init=_prepare,
        connection_class=_Connection,
        server_settings=_SESSION,
    )
