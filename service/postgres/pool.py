"""The connection pool: one prepared statement cache a connection, no session state, so nothing to reset."""

import asyncpg
import orjson

ROLE = "recordkeeper_service"
DATABASE_LOST = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What a statement raises when the server is gone, also in the middle of connecting: background loops outlive it."""


class _Connection(asyncpg.Connection):
    def get_reset_query(self) -> str:
        """Return nothing to run: asyncpg's own reset doubles the server's work on small queries (measured)."""
        return ""


async def _prepare(connection: asyncpg.Connection) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, encoder=_to_json, decoder=orjson.loads, schema="pg_catalog")
    if await connection.fetchval(
        "SELECT pg_has_role(current_user, oid, 'MEMBER') FROM pg_roles WHERE rolname = $1", ROLE
    ):
        await connection.execute(f"SET ROLE {ROLE}")


def _to_json(value: object) -> str:
    return orjson.dumps(value).decode()


async def open_pool(dsn: str, *, min_size: int = 1, max_size: int = 10) -> asyncpg.Pool:
    """Return a pool whose sessions act as the service's own role, where the server has it."""
    return await asyncpg.create_pool(
        dsn,
        min_size=min_size,
        max_size=max_size,
        init=_prepare,
        connection_class=_Connection,
        server_settings={"application_name": "recordkeeper", "timezone": "UTC", "jit": "off"},
    )
