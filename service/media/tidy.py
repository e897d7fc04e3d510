"""What a process that was killed left in the data folder, put right once at the start."""

import asyncio
import shutil
from pathlib import Path

import asyncpg

from service.media.store import LocalStore
from service.postgres.statement import statement


async def tidy(pool: asyncpg.Pool, store: LocalStore, data_dir: Path) -> None:
    """Erase media whose deletion was committed, spools of finished recordings, and files nobody published."""
    await asyncio.to_thread(store.clear_stages)
    for row in await pool.fetch(statement(__package__, "select_deleted_recordings")):
        await asyncio.to_thread(store.erase, row["account_sid"], row["sid"])
    spools = list((data_dir / "spool").glob("*/*"))
    unfinished = {row["sid"] for row in await pool.fetch(statement(__package__, "select_unfinished_recordings"))}
    for folder in spools:
        if folder.name not in unfinished:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
