"""What a process that was killed left in the data folder, put right once at the start."""

import asyncio
import shutil
from pathlib import Path

import asyncpg

from service.media.ingest.receive import ARRIVING
from service.media.storing.store import LocalStore
from service.postgres.statement import statement


async def tidy(pool: asyncpg.Pool, store: LocalStore, data_dir: Path) -> None:
    """Remove spools of finished recordings, and files nobody published.

    A spool that the database does not know stays: the database may be the wrong one.
    """
    await asyncio.to_thread(store.clear_stages)
    await asyncio.to_thread(shutil.rmtree, data_dir / ARRIVING, ignore_errors=True)
    spools = {folder.name: folder for folder in (data_dir / "spool").glob("*/*")}
    for row in await pool.fetch(statement(__package__, "select_finished_recordings"), list(spools)):
        await asyncio.to_thread(shutil.rmtree, spools[row["sid"]], ignore_errors=True)
