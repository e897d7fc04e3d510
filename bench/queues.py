"""Two queues on PostgreSQL that run the same POST as a job, set up as their documentation says for short jobs."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import orjson
import procrastinate
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.models import Job
from pgqueuer.queries import Queries

from bench.deliveries import PENDING

Post = Callable[[list[str]], Awaitable[None]]
CHUNK = 1000
PGQUEUER_BATCH = 128
PGQUEUER_UNDER_WAY = 256
"""Its Performance Tuning: a larger batch for short jobs, a cap of two batches at least, one connection that is no pool.

As many are under way as with ours. Smaller batches were slower, twice as large ones no faster (measured).
"""
PROCRASTINATE_UNDER_WAY = 30
"""Of its guide to concurrency; 64 were no faster (measured)."""
PROCRASTINATE_CONNECTIONS = 10


async def enqueue_pgqueuer(ours: asyncpg.Connection, dsn: str, count: int) -> None:
    """Make a job of each of so many deliveries that are owed in `ours`; forget the jobs of before."""
    connection = await asyncpg.connect(dsn)
    queries = Queries(AsyncpgDriver(connection))
    if not await queries.schema_is_installed():
        await queries.install()
        await queries.optimize_autovacuum()
    await queries.clear_queue()
    told = [orjson.dumps(list(row.values())) for row in (await ours.fetch(PENDING))[:count]]
    await queries.enqueue(["post"] * len(told), told, [0] * len(told))
    await connection.execute("VACUUM ANALYZE pgqueuer")
    await connection.close()


async def run_pgqueuer(dsn: str, post: Post) -> None:
    connection = await asyncpg.connect(dsn)
    worker = PgQueuer(AsyncpgDriver(connection))

    @worker.entrypoint("post")
    async def run(job: Job) -> None:
        await post(orjson.loads(job.payload or b""))

    await worker.run(batch_size=PGQUEUER_BATCH, max_concurrent_tasks=PGQUEUER_UNDER_WAY)


def _procrastinate(dsn: str, post: Post) -> procrastinate.App:
    connector = procrastinate.PsycopgConnector(
        conninfo=dsn, min_size=PROCRASTINATE_CONNECTIONS, max_size=PROCRASTINATE_CONNECTIONS
    )
    app = procrastinate.App(connector=connector)

    @app.task(name="post")
    async def run(told: list[str]) -> None:
        await post(told)

    return app


async def _nothing(told: list[str]) -> None:
    raise AssertionError(told)


async def enqueue_procrastinate(ours: asyncpg.Connection, dsn: str, count: int) -> None:
    """Make a job of each of so many deliveries that are owed in `ours`; forget the jobs of before."""
    connection, app = await asyncpg.connect(dsn), _procrastinate(dsn, _nothing)
    async with app.open_async():
        if not await connection.fetchval("SELECT to_regclass('procrastinate_jobs')"):
            await app.schema_manager.apply_schema_async()
        await connection.execute("TRUNCATE procrastinate_jobs CASCADE")
        told = [list(row.values()) for row in (await ours.fetch(PENDING))[:count]]
        for at in range(0, len(told), CHUNK):
            await app.tasks["post"].batch_defer_async(*({"told": one} for one in told[at : at + CHUNK]))
    await connection.execute("VACUUM ANALYZE procrastinate_jobs")
    await connection.close()


async def run_procrastinate(dsn: str, post: Post) -> None:
    app = _procrastinate(dsn, post)
    async with app.open_async():
        await asyncio.shield(app.run_worker_async(concurrency=PROCRASTINATE_UNDER_WAY, install_signal_handlers=False))
