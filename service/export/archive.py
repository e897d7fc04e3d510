"""Takes old months out of the log, once they are in Parquet files that were read back and hold every event."""

import re
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256

import asyncpg

from service.eventstore.event import event_hash, iso_time
from service.export.archive_file import OpenedFile
from service.export.columns import CANONICAL
from service.export.destination import Destination
from service.export.events import ExportRefused
from service.export.table import BATCH_ROWS, FILE_ROWS, ParquetFile, as_text
from service.postgres.statement import statement
from service.projections.registry import PROJECTIONS

_BOUNDS = re.compile(r"FROM \('(RE[0-9a-f]*)'\) TO \('(RE[0-9a-f]+)'\)")
FOLLOWERS = [name for name, projection in PROJECTIONS.items() if not projection.inline]
LOCK_TIMEOUT = "SET lock_timeout = '5s'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """`first_sid` and `end_sid` are the bounds of the recordings in it; the second is exclusive."""

    name: str
    first_sid: str
    end_sid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveFile:
    account_sid: str
    number: int
    key: str
    events: int
    first_position: int
    last_position: int
    sha256: bytes


async def old_partitions(owner: asyncpg.Connection, before: date) -> list[Partition]:
    """Return the partitions that hold nothing born in the month of `before` or later. Raises ExportRefused."""
    end = await owner.fetchval("SELECT first_sid_of($1::date)", before)
    rows = await owner.fetch(statement(__package__, "select_partitions"))
    found = [(row["name"], _BOUNDS.search(row["bounds"])) for row in rows]
    old = [Partition(name=name, first_sid=match[1], end_sid=match[2]) for name, match in found if match]
    return sorted((one for one in old if one.end_sid <= end), key=lambda one: one.first_sid)


class Archive:
    """Works as the owner of the tables: the service itself may take nothing out of the log."""

    def __init__(self, owner: asyncpg.Connection, place: Destination, named: str) -> None:
        self._owner = owner
        self._place = place
        self._named = named

    async def refuse_early(self, partition: Partition) -> None:
        """Raise ExportRefused while it has events that are needed in the database.

        Those of a recording whose log may go on, as it is neither purged nor absent, or held; those that a read model
        is yet to be made of; and, where seals are made, those that none covers.
        """
        query, name = statement(__package__, "select_active"), partition.name
        for row in await self._owner.fetch(query, partition.first_sid, partition.end_sid):
            raise ExportRefused(
                f"{name} stays: the log of its recording {row['sid']} may go on {_until(row)}; and so may others'"
            )
        query = statement(__package__, "select_unread").replace(":partition", name)
        for row in await self._owner.fetch(query, FOLLOWERS):
            raise ExportRefused(
                f"{name} stays: position {row['position']} of {row['account_sid']} is not in `{row['projection']}` yet;"
                " with the service running, wait a few seconds and run this again"
            )
        query = statement(__package__, "select_unsealed").replace(":partition", name)
        for row in await self._owner.fetch(query):
            raise ExportRefused(
                f"{name} stays: no seal covers position {row['position']} of {row['account_sid']} yet; one is made"
                " every RECORDKEEPER_SEAL_SECONDS by the running service: run this again after the next"
            )

    async def copy(self, partition: Partition) -> AsyncIterator[ArchiveFile]:
        """Yield the files as they are written and read back. Raises ExportRefused."""
        accounts = statement(__package__, "select_next_account").replace(":partition", partition.name)
        account = ""
        while account := await self._owner.fetchval(accounts, account):
            number, after = 1, 0
            while (file := await self._file(partition, account, after)).rows:
                key = f"archive/{partition.name}/account_sid={account}/{number:06d}.parquet"
                yield await self._kept(key, account, number, file)
                number, after = number + 1, file.last["position"]

    async def detach(self, partition: Partition, files: list[ArchiveFile], *, drop: bool) -> None:
        """In one transaction, say where the events are and take them out. Raises ExportRefused."""
        try:
            async with self._owner.transaction():
                await self._owner.execute(LOCK_TIMEOUT)
                await self._owner.execute(f"LOCK TABLE {partition.name} IN SHARE MODE")
                await self.refuse_early(partition)
                count = await self._owner.fetchval(f"SELECT count(*) FROM {partition.name}")  # noqa: S608 - a name of our own
                if count != sum(file.events for file in files):
                    raise ExportRefused(f"{partition.name} stays: it has changed meanwhile")
                insert = statement(__package__, "insert_archive")
                for file in files:
                    bounds = (partition.name, partition.first_sid, partition.end_sid, self._named)
                    await self._owner.execute(insert, *bounds, *asdict(file).values())
                await self._owner.execute(f"ALTER TABLE events DETACH PARTITION {partition.name}")
                if drop:
                    await self._owner.execute(f"DROP TABLE {partition.name}")
        except asyncpg.LockNotAvailableError:
            raise ExportRefused(f"{partition.name} stays: the log is being read; run this again") from None

    async def _file(self, partition: Partition, account_sid: str, after: int) -> ParquetFile:
        query = statement(__package__, "select_partition").replace(":partition", partition.name)
        file = ParquetFile(CANONICAL)
        while file.rows < FILE_ROWS and (rows := await self._owner.fetch(query, account_sid, after, BATCH_ROWS)):
            file.add([as_text(row) for row in rows])
            after = rows[-1]["position"]
        return file

    async def _kept(self, key: str, account_sid: str, number: int, file: ParquetFile) -> ArchiveFile:
        content = file.close()
        await self._place.write(key, content)
        found = await self._place.read(key)
        first = _first_position(found, file.rows) if found == content else None
        if first is None:
            raise ExportRefused(f"{key} was not given back as it was written, or its hashes do not hold")
        return ArchiveFile(
            account_sid=account_sid,
            number=number,
            key=key,
            events=file.rows,
            first_position=first,
            last_position=file.last["position"],
            sha256=sha256(content).digest(),
        )


def _until(active: asyncpg.Record) -> str:
    """Say until when."""
    if active["is_held"]:
        return "until its legal hold is released, or its account's, and it is purged or absent"
    if active["live_status"] != "deleted":
        return "until it is absent, or deleted and purged, which is 40 days later"
    at = active["purged_at"]
    return f"until it is purged, after {iso_time(at)}" if at else "until it is purged: it has its key still"


def _first_position(content: bytes, rows: int) -> int | None:
    """Return the first position in a file that holds so many events, each with the hash that is its own; else None."""
    first, count = None, 0
    for batch in OpenedFile(content).batches():
        for row in batch:
            if event_hash(row["previous_hash"], row["position"], row["recorded_at"], row["canonical"]) != row["hash"]:
                return None
        first, count = first or batch[0]["position"], count + len(batch)
    return first if count == rows else None
