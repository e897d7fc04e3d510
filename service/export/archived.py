"""Events that are no longer in the database, read from where the table `archives` says they are."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from hashlib import sha256
from heapq import heapify, heappop, heapreplace
from itertools import groupby
from operator import itemgetter
from typing import Any

import asyncpg
import orjson

from service.audit.query import event_document
from service.audit.query import recording_events as kept_events
from service.eventstore.event import canonical_json, iso_time
from service.export.destination import destination
from service.media.storing.bucket import StoreFailed
from service.postgres.statement import statement

Event = dict[str, Any]
Condition = tuple[str, str, Any]
MOST = 2**63 - 1


async def recording_events(
    pool: asyncpg.Pool, account_sid: str, recording_sid: str, *, after_version: int = 0, limit: int = 1000
) -> list[Event]:
    """Return one recording's events as auditors read them, from the database or else the archive.

    Raises StoreFailed when the archive cannot be read.
    """
    found = await kept_events(pool, account_sid, recording_sid, after_version=after_version, limit=limit)
    if found:
        return found
    wanted = [("recording_sid", "=", recording_sid), ("version", ">", after_version)]
    rows = [row async for row in Archived(pool).events(account_sid, recording_sid=recording_sid, wanted=wanted)]
    return [event_document(row) for row in sorted(rows, key=lambda row: row["version"])[:limit]]


class Archived:
    """What `archives` names, read a file at a time."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def events(
        self,
        account_sid: str,
        *,
        after: int = 0,
        upto: int = MOST,
        recording_sid: str | None = None,
        wanted: Sequence[Condition] = (),
    ) -> AsyncIterator[Event]:
        """Yield an account's archived events between two positions, file by file; by position within each partition.

        Raises StoreFailed.
        """
        query = statement(__package__, "select_archives")
        for file in await self._pool.fetch(query, account_sid, after, upto, recording_sid):
            between = (("position", ">", after), ("position", "<=", upto))
            for row in await _rows(file, account_sid, [*between, *wanted]):
                yield row

    async def chain(self, account_sid: str) -> AsyncIterator[Event]:
        """Yield all of an account's archived events by position, as a follower of the chain reads them.

        The positions of two months interleave: a file of each partition is held at a time. Raises StoreFailed.
        """
        files = await self._pool.fetch(statement(__package__, "select_archives"), account_sid, 0, MOST, None)
        partitions = [list(group) for _, group in groupby(files, key=itemgetter("partition"))]
        runs = [self._run(account_sid, group) for group in partitions]
        heads = [(row["position"], at, row) for at, run in enumerate(runs) if (row := await anext(run, None))]
        heapify(heads)
        while heads:
            _, at, row = heads[0]
            times = {name: iso_time(row[name]) for name in ("occurred_at", "recorded_at")}
            yield row | times | {"data": canonical_json(row["data"])}
            if following := await anext(runs[at], None):
                heapreplace(heads, (following["position"], at, following))
            else:
                heappop(heads)

    async def _run(self, account_sid: str, files: Sequence[asyncpg.Record]) -> AsyncIterator[Event]:
        for file in files:
            for row in await _rows(file, account_sid, None):
                yield row


async def _rows(file: asyncpg.Record, account_sid: str, wanted: list[Condition] | None) -> list[Event]:
    # Loaded by whoever has an archive: it takes 50 MB.
    import pyarrow as pa  # noqa: PLC0415 - as it says
    import pyarrow.parquet as pq  # noqa: PLC0415 - the same

    table = await asyncio.to_thread(pq.read_table, pa.BufferReader(await _content(file)), filters=wanted)
    return [{**row, "account_sid": account_sid, "data": orjson.loads(row["data"])} for row in table.to_pylist()]


async def _content(file: asyncpg.Record) -> bytes:
    try:
        content = await destination(file["place"]).read(file["key"])
    except OSError as error:
        raise StoreFailed(f"the archive {file['place']} cannot be read: {error.strerror}") from error
    if content is None or sha256(content).digest() != file["sha256"]:
        raise StoreFailed(f"the archive {file['place']} does not hold {file['key']} as it was written")
    return content
