"""Months of the log archived in the test's own process, past what would have them wait."""

from datetime import UTC, date, datetime
from pathlib import Path

import asyncpg

from service.export.archive import Archive, old_partitions
from service.export.destination import Folder
from service.postgres.pool import read_json
from service.projections.follow import Follower
from service.projections.registry import PROJECTIONS

SUMMER = [datetime(2026, month, 5, tzinfo=UTC) for month in (7, 8, 9)]


async def make_months(database: str) -> None:
    owner = await asyncpg.connect(database)
    for month in SUMMER:
        await owner.execute("SELECT ensure_events_partitions(0, $1)", month)
    await owner.close()


async def archive_months(pool: asyncpg.Pool, database: str, folder: Path, before: date = date(2026, 10, 1)) -> int:
    """Archive the months before another; return how many events that were."""
    while await Follower(pool, PROJECTIONS["usage"]).tick():
        pass
    owner = await asyncpg.connect(database, server_settings={"timezone": "UTC"})
    await read_json(owner)
    await owner.execute("UPDATE recordings SET live_status = 'absent'")
    archive, events = Archive(owner, Folder(folder), str(folder)), 0
    for partition in await old_partitions(owner, before):
        await archive.refuse_early(partition)
        files = [file async for file in archive.copy(partition)]
        await archive.detach(partition, files, drop=True)
        events += sum(file.events for file in files)
    await owner.close()
    return events
