"""The log's partitions: made ahead, as append-only as the log, and found by the SIDs of their months."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from facts import AC
from longlog import write_log
from service.application.identifiers import new_ordered_sid
from service.audit.hash_chain import first_breaks
from service.postgres.migrate import migrate, migrations
from service.retention.partitions import MONTHS_AHEAD, Partitions
from stores import append, postgres_store

PARTITIONS = """
SELECT relid::regclass::text AS name FROM pg_partition_tree('events') WHERE isleaf ORDER BY 1
"""
ENSURE = "SELECT * FROM ensure_events_partitions(0, $1)"
NEW_YEAR = datetime(2031, 1, 1, tzinfo=UTC)


def month(at: datetime) -> str:
    return f"events_{at:%Y_%m}"


async def partitions(pool) -> list[str]:
    return [row["name"] for row in await pool.fetch(PARTITIONS)]


async def test_this_month_and_the_next_two_are_there_after_migrating_and_made_once(pool):
    now = datetime.now(UTC).replace(day=1)
    ahead = [month(now), month(now + timedelta(days=31)), month(now + timedelta(days=62))]
    assert set(ahead) | {"events_default"} == set(await partitions(pool))
    assert await Partitions(pool).tick() == 0
    assert len(ahead) == MONTHS_AHEAD + 1


@pytest.mark.parametrize("milliseconds", [-1, 0])
async def test_a_recording_is_in_the_month_of_its_birth_to_the_millisecond(pool, milliseconds):
    for made in (NEW_YEAR - timedelta(days=1), NEW_YEAR):
        assert [row[0] for row in await pool.fetch(ENSURE, made)] == [month(made)]
    born = NEW_YEAR + timedelta(milliseconds=milliseconds)
    sid = new_ordered_sid("RE", born)
    await postgres_store(pool).append(append(AC, sid, 0, "started"))
    await postgres_store(pool).append(append(AC, "AC" + "9" * 32, 0, "held"))
    rows = await pool.fetch("SELECT tableoid::regclass::text AS place FROM events ORDER BY position")
    assert [row["place"] for row in rows] == [month(born), "events_default"]
    assert await first_breaks(pool) == []


async def test_a_month_that_began_in_the_default_partition_stays_there(pool):
    sid = new_ordered_sid("RE", NEW_YEAR)
    await postgres_store(pool).append(append(AC, sid, 0, "started"))
    assert await pool.fetch(ENSURE, NEW_YEAR) == []
    assert [row[0] for row in await pool.fetch(ENSURE, NEW_YEAR + timedelta(days=40))] == ["events_2031_02"]
    assert month(NEW_YEAR) not in await partitions(pool)


@pytest.mark.parametrize("change", ["UPDATE {} SET type = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("role", ["recordkeeper_service", "recordkeeper_projector", "recordkeeper"])
async def test_every_partition_refuses_every_change(pool, database, change, role):
    await pool.fetch(ENSURE, NEW_YEAR)
    connection = await asyncpg.connect(database)
    await connection.execute(f"SET ROLE {role}")
    names = await partitions(pool)
    assert len(names) == MONTHS_AHEAD + 3
    for name in names:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match=r"permission denied|append-only"):
            await connection.execute(change.format(name))
    await connection.close()


async def test_a_log_written_before_there_were_months_is_kept_as_one_partition(pool, database):
    owner = await asyncpg.connect(database)
    await owner.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    before = next(at for at, migration in enumerate(migrations()) if migration.name == "partitions")
    await migrate(database, to=migrations()[before - 1].version)
    await write_log(pool, AC, 9, timedelta(days=10))
    await migrate(database)
    kept = await owner.fetch("SELECT tableoid::regclass::text AS place, count(*) FROM events GROUP BY 1")
    assert [tuple(row) for row in kept] == [("events_before", 9)]
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await owner.execute("DELETE FROM events_before")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await owner.execute("DELETE FROM events_default")
    await owner.close()
