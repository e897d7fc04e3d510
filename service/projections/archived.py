"""Folds streams that are in an archive: an account's month at a time, lent to the database meanwhile."""

from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, Protocol

import asyncpg

from service.eventstore.event import Row
from service.postgres.statement import statement
from service.projections.projection import Projection

Month = tuple[str, str, str]
"""Of an account: the first SID in it, and the first behind it."""
_MONTH = itemgetter("account_sid", "first_sid", "end_sid")
_LENT = "archived_events"
_GIVEN = "SELECT account_sid, recording_sid AS sid FROM archived_events"
_COLUMNS = (
    *("recording_sid", "version", "position", "type", "schema", "data"),
    *("call_sid", "conference_sid", "occurred_at", "recorded_at"),
)


class ArchivedEvents(Protocol):
    """What is in files. Raises what its caller knows of when they cannot be read."""

    def batches(self, file: Row) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
        """Yield all events of the file that a row of `archives` names, their data as text."""
        ...


class NotReadable:
    def batches(self, file: Row) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
        raise LookupError(f"{file['key']} is archived, and nothing was given to read it with")


NOT_READABLE: Final[ArchivedEvents] = NotReadable()
"""Enough where nothing is archived."""


async def archived_months(connection: asyncpg.Connection) -> set[Month]:
    rows = await connection.fetch(statement(__package__, "select_archived_months"))
    return {tuple(row) for row in rows}


async def fold_archived(
    connection: asyncpg.Connection,
    projection: Projection,
    suffix: str,
    archive: ArchivedEvents,
    known: set[Month] | None = None,
) -> set[Month]:
    """Fold what is archived, but for months that are `known`, into the table with a suffix; return all its months.

    Rows that were made of a stream while it was in the database may lack its end: they are made anew.
    """
    rows = await connection.fetch(statement(__package__, "select_archived_files"))
    for month, files in groupby(rows, _MONTH):
        if month not in (known or set()):
            async with connection.transaction():
                await connection.execute(statement(__package__, "create_archived_events"))
                for file in files:
                    await _lend(connection, file, archive)
                forget = statement(__package__, "delete_archived").replace(":fresh", projection.table.name + suffix)
                await connection.execute(forget)
                await connection.execute(projection.folding("archived_streams", suffix))
                if known is not None and projection.summary:
                    await connection.execute(projection.summarising(_GIVEN, suffix))
                await connection.execute(f"DROP TABLE {_LENT}")
    return set(map(_MONTH, rows))


async def _lend(connection: asyncpg.Connection, file: asyncpg.Record, archive: ArchivedEvents) -> None:
    async for batch in archive.batches(file):
        records = [(file["account_sid"], *(event[name] for name in _COLUMNS)) for event in batch]
        await connection.copy_records_to_table(_LENT, records=records, columns=("account_sid", *_COLUMNS))
