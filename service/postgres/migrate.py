"""Applies the files of `migrations/`, which are in dbmate's format, so that operators may use dbmate on them."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import asyncpg

OLDEST_SERVER = 150000
LOCK = 0x7265636F7264  # "record": the advisory lock that one migrating process holds
POLL_SECONDS = 0.1
_FILE = re.compile(r"(?P<version>\d{14})_(?P<name>\w+)\.sql")
_UP = re.compile(r"^-- migrate:up(?P<options>[^\n]*)\n(?P<body>.*?)(?=^-- migrate:down|\Z)", re.DOTALL | re.MULTILINE)
_TABLES = """
CREATE TABLE IF NOT EXISTS schema_migrations (version varchar(128) PRIMARY KEY);
CREATE TABLE IF NOT EXISTS schema_checksums (version varchar(128) PRIMARY KEY, sha256 text NOT NULL);
GRANT SELECT ON schema_migrations TO PUBLIC;
"""
_AHEAD = """
DO $$ BEGIN
    IF to_regproc('ensure_events_partitions') IS NOT NULL THEN PERFORM ensure_events_partitions(); END IF;
END $$
"""


class MigrationRefused(Exception):  # noqa: N818 - an answer to the operator, in one sentence
    """The database cannot be migrated as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    version: str
    name: str
    text: str

    @property
    def checksum(self) -> str:
        return sha256(self.text.encode()).hexdigest()

    @property
    def up(self) -> str:
        return self._section()["body"]

    @property
    def in_transaction(self) -> bool:
        return "transaction:false" not in self._section()["options"]

    def _section(self) -> re.Match[str]:
        if found := _UP.search(self.text):
            return found
        raise MigrationRefused(f"migration {self.version}_{self.name} has no line '-- migrate:up'")


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationStatus:
    version: str
    name: str
    applied: bool
    changed: bool


def _folder() -> Path:
    package = Path(__file__).parents[1]
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"


@cache
def migrations(folder: Path | None = None) -> tuple[Migration, ...]:
    found = ((_FILE.fullmatch(path.name), path) for path in sorted((folder or _folder()).glob("*.sql")))
    return tuple(
        Migration(version=match["version"], name=match["name"], text=path.read_text(encoding="utf-8"))
        for match, path in found
        if match
    )


async def migrate(dsn: str, *, to: str | None = None, folder: Path | None = None) -> list[str]:
    """Apply what is not yet applied, up to version `to`; return the names. Safe to run twice at once.

    Raises MigrationRefused for a server older than PostgreSQL 15, for an unknown `to`, and for an applied
    migration whose file has changed since.
    """
    known = migrations(folder)
    if to is not None and to not in {migration.version for migration in known}:
        raise MigrationRefused(f"there is no migration {to}; the newest is {known[-1].version}")
    async with _alone(dsn) as connection:
        pending = []
        for migration, status in zip(known, await _status(connection, known), strict=True):
            if status.changed:
                raise MigrationRefused(f"migration {status.version}_{status.name} was changed since it was applied")
            if not status.applied and (to is None or migration.version <= to):
                pending.append(migration)
        for migration in pending:
            await _apply(connection, migration)
        if to is None:
            await connection.execute(_AHEAD)
    return [f"{migration.version}_{migration.name}" for migration in pending]


async def migration_status(dsn: str, *, folder: Path | None = None) -> list[MigrationStatus]:
    connection = await asyncpg.connect(dsn)
    try:
        return await _status(connection, migrations(folder))
    finally:
        await connection.close()


async def migrations_current(pool: asyncpg.Pool) -> bool:
    """Say whether the newest migration this program has is applied."""
    newest = migrations()[-1].version
    query = "SELECT EXISTS (SELECT FROM schema_migrations WHERE version = $1)"
    return bool(await pool.fetchval(query, newest, timeout=5))


@asynccontextmanager
async def _alone(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """Hold the advisory lock. It is polled for: a blocking wait deadlocks with CREATE INDEX CONCURRENTLY."""
    connection = await asyncpg.connect(dsn)
    try:
        if connection.get_server_version().major * 10000 < OLDEST_SERVER:
            raise MigrationRefused(f"PostgreSQL 15 or newer is needed; this is {connection.get_server_version().major}")
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
            await asyncio.sleep(POLL_SECONDS)
        await connection.execute(_TABLES)
        yield connection
    finally:
        await connection.close()


async def _status(connection: asyncpg.Connection, known: tuple[Migration, ...]) -> list[MigrationStatus]:
    applied: dict[str, str | None] = {}
    if await connection.fetchval("SELECT to_regclass('schema_checksums') IS NOT NULL"):
        rows = await connection.fetch(
            "SELECT version, sha256 FROM schema_migrations LEFT JOIN schema_checksums USING (version)"
        )
        applied = {row["version"]: row["sha256"] for row in rows}
    return [
        MigrationStatus(
            version=migration.version,
            name=migration.name,
            applied=migration.version in applied,
            changed=applied.get(migration.version) not in {None, migration.checksum},
        )
        for migration in known
    ]


async def _apply(connection: asyncpg.Connection, migration: Migration) -> None:
    if migration.in_transaction:
        async with connection.transaction():
            await connection.execute(migration.up)
            await _record(connection, migration)
    else:
        await connection.execute(migration.up)
        await _record(connection, migration)


async def _record(connection: asyncpg.Connection, migration: Migration) -> None:
    await connection.execute("INSERT INTO schema_migrations VALUES ($1)", migration.version)
    await connection.execute("INSERT INTO schema_checksums VALUES ($1, $2)", migration.version, migration.checksum)
