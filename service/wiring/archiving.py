"""What the verb `archive` does: old partitions of the log, one after the other, into Parquet files."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import asyncpg

from service.export.archive import Archive, ArchiveFile, Partition, old_partitions
from service.export.destination import destination, named
from service.export.events import ExportRefused
from service.media.storing.bucket import StoreFailed
from service.postgres.pool import read_json
from service.settings import Settings
from service.wiring.exporting import Watcher, alone
from service.wiring.server import ServiceRefused, database


@dataclass(frozen=True, slots=True, kw_only=True)
class Archiving:
    before: date
    to: str
    drop: bool


async def archive(settings: Settings, asked: Archiving, watcher: Watcher) -> None:
    """Archive what can be, oldest first. Raises WrongDestination, ServiceRefused."""
    if asked.before > datetime.now(UTC).date():
        raise ServiceRefused("only months that are over can be archived")
    place = destination(asked.to)
    try:
        async with database(settings) as dsn, alone(dsn, "archive", ""):
            owner = await asyncpg.connect(dsn, server_settings={"timezone": "UTC", "application_name": "recordkeeper"})
            try:
                await read_json(owner)
                old = await old_partitions(owner, asked.before)
                if not old:
                    raise ServiceRefused(f"no partition of the log ends before {asked.before:%Y-%m}")
                for partition in old:
                    await _archive(Archive(owner, place, named(asked.to)), partition, asked, watcher)
            finally:
                await owner.close()
    except (StoreFailed, ExportRefused) as error:
        raise ServiceRefused(str(error)) from None


async def _archive(archive: Archive, partition: Partition, asked: Archiving, watcher: Watcher) -> None:
    await archive.refuse_early(partition)
    watcher.begin(partition.name, None)
    files: list[ArchiveFile] = []
    async for file in archive.copy(partition):
        files.append(file)
        watcher.advance(file.events)
    await archive.detach(partition, files, drop=asked.drop)
    events = sum(file.events for file in files)
    watcher.end({"partition": partition.name, "events": events, "files": len(files), "dropped": asked.drop})
