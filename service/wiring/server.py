"""Where the database is: a server of the operator's, or one started here."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg

from service.postgres.embedded import EmbeddedServer, hold_folder, running_dsn
from service.postgres.migrate import migrate
from service.settings import Settings


class ServiceRefused(Exception):  # noqa: N818 - an answer to the operator, in one sentence
    """The service cannot run as asked."""


@asynccontextmanager
async def server(settings: Settings, *, own: bool = False, begins: bool = False) -> AsyncIterator[str]:
    """Yield the DSN of the database named, of the one running in `data_dir` unless `own`, or of one started here.

    One that is not there yet is made if it `begins` here; else ServiceRefused is raised.
    """
    async with AsyncExitStack() as stack:
        dsn = settings.database_url or (None if own else running_dsn(settings.data_dir))
        if settings.database_url:
            await _try(settings.database_url)
            if own:
                stack.callback(os.close, hold_folder(settings.data_dir.absolute()))
        if not dsn:
            if not begins and not (settings.data_dir / "postgres").exists():
                raise ServiceRefused(
                    f"there is no database in {settings.data_dir}, and `recordkeeper serve` makes one there:"
                    " name another folder with --data-dir, or a PostgreSQL with --database-url"
                )
            embedded = EmbeddedServer(settings.data_dir)
            starting = asyncio.ensure_future(asyncio.to_thread(embedded.start))
            stack.push_async_callback(_stop, embedded, starting)
            dsn = await asyncio.shield(starting)
        yield dsn


async def _try(dsn: str) -> None:
    """Connect once, so that what is wrong with the URL or the way there is said in a sentence."""
    try:
        connection = await asyncpg.connect(dsn, timeout=10)
        await connection.close()
    except (OSError, ValueError, asyncpg.PostgresError) as error:
        reason = str(error) or "it does not answer"
        raise ServiceRefused(f"the database of --database-url cannot be used: {reason}") from error


async def _stop(embedded: EmbeddedServer, starting: asyncio.Future[str]) -> None:
    """Stop the server, also when told to while it starts: a thread cannot be called back."""
    await asyncio.wait({starting})
    starting.exception()  # what kept it from starting is said by who waits for it, if anybody still does
    await asyncio.to_thread(embedded.stop)


@asynccontextmanager
async def database(settings: Settings, *, own: bool = False, begins: bool = False) -> AsyncIterator[str]:
    async with server(settings, own=own, begins=begins) as dsn:
        await migrate(dsn)
        yield dsn
