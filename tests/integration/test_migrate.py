"""Migrations: once each, safe at the same time, and never changed after the fact."""

import asyncio

import asyncpg
import pytest

from service.postgres.migrate import MigrationRefused, migrate, migration_status, migrations, migrations_current


@pytest.fixture
async def empty(database):
    connection = await asyncpg.connect(database)
    await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    await connection.close()
    return database


async def test_all_are_applied_once_also_by_two_at_the_same_time(empty):
    results = await asyncio.gather(migrate(empty), migrate(empty))
    assert sorted(map(len, results)) == [0, len(migrations())]
    assert all(status.applied and not status.changed for status in await migration_status(empty))
    assert await migrate(empty) == []


async def test_to_stops_at_a_version(empty, pool):
    first = migrations()[0]
    assert await migrate(empty, to=first.version) == [f"{first.version}_{first.name}"]
    assert not await migrations_current(pool)
    with pytest.raises(MigrationRefused, match="there is no migration 42"):
        await migrate(empty, to="42")


async def test_a_migration_changed_since_it_was_applied_stops_the_run(empty, tmp_path):
    file = tmp_path / "20260101000000_first.sql"
    file.write_text("-- migrate:up\nCREATE TABLE one ();\n-- migrate:down\nDROP TABLE one;\n")
    await migrate(empty, folder=tmp_path)
    file.write_text("-- migrate:up\nCREATE TABLE two ();\n")
    migrations.cache_clear()
    with pytest.raises(MigrationRefused, match="20260101000000_first was changed"):
        await migrate(empty, folder=tmp_path)


async def test_an_index_can_be_built_concurrently(empty, tmp_path):
    (tmp_path / "20260101000000_table.sql").write_text("-- migrate:up\nCREATE TABLE one (n int);\n")
    built = "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY one_by_n ON one (n);\n"
    (tmp_path / "20260101000001_index.sql").write_text(built)
    results = await asyncio.wait_for(asyncio.gather(*(migrate(empty, folder=tmp_path) for _ in range(3))), 20)
    assert sorted(map(len, results)) == [0, 0, 2]
