"""A real PostgreSQL for the tests, and a fresh migrated database for each that asks for one."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import asyncpg
import pytest

from servers import servers
from service.postgres.embedded import EmbeddedServer
from service.postgres.migrate import migrate
from service.postgres.pool import open_pool

TEMPLATE = "recordkeeper_template"
SETTINGS = ["ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET autovacuum = off"]
"""A vacuum of the template would keep databases from being made of it: on a busy machine for too long."""


async def _execute(dsn: str, sql: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def data_dir() -> Iterator[Path]:
    """Yield a folder that an unprivileged server can enter: pytest's own are its user's alone."""
    with TemporaryDirectory(prefix="recordkeeper-tests-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture(scope="session")
def dsn_of(data_dir: Path) -> Iterator[Callable[[int], str]]:
    """Start the server of a major version when it is first asked for, and keep it: tests come in any order."""
    with ExitStack() as running:

        @cache
        def started(major: int) -> str:
            folder = data_dir / str(major)
            folder.mkdir(mode=0o755)
            dsn = running.enter_context(EmbeddedServer(folder, servers()[major]))
            for sql in (*SETTINGS, "SELECT pg_reload_conf()", f"CREATE DATABASE {TEMPLATE}"):
                asyncio.run(_execute(dsn, sql))
            asyncio.run(migrate(dsn.replace("/postgres?", f"/{TEMPLATE}?")))
            return dsn

        yield started


@pytest.fixture(scope="session", params=servers(), ids=lambda major: f"postgresql-{major}")
def server_dsn(dsn_of: Callable[[int], str], request) -> str:
    """Return a PostgreSQL of each major version that is installed: 15 and 18 always, as packages."""
    return dsn_of(request.param)


@pytest.fixture
def database(server_dsn: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    asyncio.run(_execute(server_dsn, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))
    yield server_dsn.replace("/postgres?", f"/{name}?")
    asyncio.run(_execute(server_dsn, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    opened = await open_pool(database)
    yield opened
    await opened.close()
