"""Holds the live read model against the one made beside it, row by row, while both are being written."""

from dataclasses import dataclass

import asyncpg

from service.postgres.statement import statement
from service.projections.follow import LOCK, lock_of, take_in
from service.projections.projection import SHADOW, Projection, Table

ROUNDS = 10
"""How often rows that differ are looked at again before the swap: a recording that is being changed soon rests."""
MOST = 1000
"""Rows that may be looked at for the last time while writers wait: more than that were tampered with, not in flight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`key` is what tells the row from others of its account: a recording's SID, a day."""

    table: str
    account_sid: str
    key: str


async def rows_that_differ(connection: asyncpg.Connection, projection: Projection, suffix: str) -> list[Difference]:
    """Return the rows that the live tables and those with a suffix do not have alike, in one look at each."""
    return [
        Difference(table=table.name, account_sid=row["account_sid"], key=row["key"])
        for table in projection.tables
        for row in await connection.fetch(_written(projection, table, "compare_tables", suffix))
    ]


class Comparison:
    """All rows are compared once; those that differ again, after both sides took in what was appended since.

    What differs still is looked at under the swap's lock, when nothing can be appended.
    """

    def __init__(self, connection: asyncpg.Connection, projection: Projection) -> None:
        self._connection = connection
        self._projection = projection
        self._rounds = 0
        self._found: list[Difference] = []

    @property
    def found(self) -> list[Difference]:
        return self._found

    def settles(self) -> bool:
        return self._rounds < ROUNDS and bool(self._found)

    async def begin(self) -> None:
        self._found = await rows_that_differ(self._connection, self._projection, SHADOW)

    async def again(self) -> None:
        """Look again at the rows that differed."""
        self._rounds += 1
        async with self._connection.transaction():
            # With a follower beside it, the older of two summaries of a day might be the last to be written.
            await self._connection.fetchval("SELECT pg_advisory_xact_lock($1, $2)", LOCK, lock_of(self._projection))
            await self._look_again()

    async def end(self) -> None:
        """Look for the last time, in the caller's transaction."""
        if len(self._found) <= MOST:
            await self._look_again()

    async def _look_again(self) -> None:
        projection, found = self._projection, self._found
        while not projection.inline and await take_in(self._connection, projection, checkpoint=projection.name):
            pass
        self._found = []
        for table in projection.tables:
            keys = [(one.account_sid, one.key) for one in found if one.table == table.name]
            chosen = ([account for account, _ in keys], [key for _, key in keys])
            rows = await self._connection.fetch(_written(projection, table, "compare_rows", SHADOW), *chosen)
            self._found += [
                Difference(table=table.name, account_sid=row["account_sid"], key=row["key"]) for row in rows
            ]


def _written(projection: Projection, table: Table, name: str, suffix: str) -> str:
    """Return the statement for a table: names of our own, and nothing from outside, go in."""
    forgets = projection.forgets if table is projection.table else "false"
    words = {
        ":forgets": forgets,
        ":live": table.name,
        ":fresh": table.name + suffix,
        ":key_type": table.key_type,
        ":key": table.key,
    }
    text = statement(__package__, name)
    for word, said in words.items():
        text = text.replace(word, said)
    return text
