"""A real PostgreSQL for the tests, and a fresh migrated database for each that asks for one."""

import asyncio
from collections.abc import AsyncIterator, Iterator
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


@pytest.fixture(scope="session", params=servers().items(), ids=lambda found: f"postgresql-{found[0]}")
def server_dsn(data_dir: Path, request) -> Iterator[str]:
    """Yield a PostgreSQL of each major version that is installed: 15 and 18 always, as packages."""
    major, programs = request.param
    folder = data_dir / str(major)
    folder.mkdir(mode=0o755)
    with EmbeddedServer(folder, programs) as dsn:
        asyncio.run(_execute(dsn, f"CREATE DATABASE {TEMPLATE}"))
        asyncio.run(migrate(dsn.replace("/postgres?", f"/{TEMPLATE}?")))
        yield dsn


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
