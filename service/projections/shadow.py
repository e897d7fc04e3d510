"""A table beside the live one: made like it, indexed like it, and put in its place."""

from hashlib import sha256

import asyncpg

from service.postgres.statement import statement
from service.projections.follow import is_known
from service.projections.projection import SHADOW, Projection

_FORGET = """
DELETE FROM {table}{suffix} AS made
WHERE {forgets}
    AND NOT EXISTS (SELECT FROM {table} AS known WHERE known.account_sid = made.account_sid AND known.sid = made.sid)
"""


def rebuilding(projection: Projection) -> str:
    """Return the name of a rebuild's checkpoints."""
    return f"{projection.name}:rebuild"


async def definition(connection: asyncpg.Connection, projection: Projection) -> str:
    """Return what changes when the statements or the tables do: a rebuild begun with others begins anew."""
    texts = [projection.folding("chunk_of_streams", SHADOW, known=is_known())]
    if projection.summary:
        texts.append(projection.summarising("", SHADOW))
    describe = statement(__package__, "describe_table")
    texts += [await connection.fetchval(describe, table.name) for table in projection.tables]
    return sha256("\n".join(texts).encode()).hexdigest()


async def begin(connection: asyncpg.Connection, projection: Projection) -> asyncpg.Record:
    """Return the state of the rebuild to go on with: that which was stopped, or a new one, before its first event."""
    wanted = await definition(connection, projection)
    async with connection.transaction():
        state = await connection.fetchrow(statement(__package__, "select_rebuild"), projection.name)
        if state is None or state["definition"] != wanted:
            await _discard(connection, projection)
            await _create(connection, projection)
            await connection.execute(statement(__package__, "begin_checkpoints"), rebuilding(projection))
            [state] = await connection.fetch(statement(__package__, "insert_rebuild"), projection.name, wanted)
    return state


async def add_indexes(connection: asyncpg.Connection, projection: Projection) -> None:
    for table in projection.tables:
        await _run(connection, "index_shadow", table.name)
        await connection.execute(f"ANALYZE {table.name}{SHADOW}")


async def replace(connection: asyncpg.Connection, projection: Projection) -> None:
    """Put the tables in the place of the live ones, and end the rebuild; in the caller's transaction."""
    names = {"table": projection.table.name, "suffix": SHADOW}
    await connection.execute(_FORGET.format(**names, forgets=projection.forgets))
    for table in projection.tables:
        await _run(connection, "swap_shadow", table.name)
    if projection.inline:
        await connection.execute(statement(__package__, "delete_checkpoints"), rebuilding(projection))
    else:
        await connection.execute(statement(__package__, "delete_checkpoints"), projection.name)
        rename = statement(__package__, "rename_checkpoints")
        await connection.execute(rename, rebuilding(projection), projection.name)
    await connection.execute(statement(__package__, "delete_rebuild"), projection.name)


async def _discard(connection: asyncpg.Connection, projection: Projection) -> None:
    for table in projection.tables:
        await connection.execute(f"DROP TABLE IF EXISTS {table.name}{SHADOW}")
    await connection.execute(statement(__package__, "delete_checkpoints"), rebuilding(projection))
    await connection.execute(statement(__package__, "delete_rebuild"), projection.name)


async def _create(connection: asyncpg.Connection, projection: Projection) -> None:
    for table in projection.tables:
        await _run(connection, "create_shadow", table.name)


async def _run(connection: asyncpg.Connection, name: str, table: str) -> None:
    """Run the statements that the statement `name` writes for a table and its shadow."""
    written = await connection.fetch(statement(__package__, name), table, table + SHADOW, SHADOW)
    if written:
        await connection.execute(";\n".join(row["ddl"] for row in written))
