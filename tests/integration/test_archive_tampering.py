"""What is archived is held against the read models too, and what is not cannot be said to be."""

from datetime import date, timedelta

import asyncpg
import pytest

from archiving import archive_months, make_months
from facts import AC
from longlog import write_log
from service.export.archived import Archived
from service.projections import rebuild as rebuilding
from service.projections.rebuild import rebuild
from service.projections.registry import PROJECTIONS
from service.settings import Settings
from service.wiring.verifying import Asked, verify
from tampering import tamperer

AUGUST = date(2026, 8, 1)
RECORDINGS = PROJECTIONS["recordings"]
IN_JULY, IN_AUGUST = (f"position = {position}" for position in (3, 300))

FALSE_ROW = f"INSERT INTO archives VALUES ('{AC}', 'x', 1, 'RE', 'RF', '/nowhere', 'k', 1, 1, 1, sha256(''))"


@pytest.fixture
async def owner(pool, database, tmp_path):
    """Yield the owner's session; July is archived, and August is not. `kept` has all events as they were."""
    await make_months(database)
    await write_log(pool, AC, 900, timedelta(hours=1))
    for projection in PROJECTIONS.values():
        await rebuild(database, projection)
    owner = await tamperer(database)
    await owner.execute("CREATE TABLE kept AS TABLE events")
    assert await archive_months(pool, database, tmp_path / "old", before=AUGUST) > 0
    yield owner
    await owner.close()


@pytest.fixture
def faults(database, tmp_path):
    async def found() -> list[tuple]:
        settings = Settings(database_url=database, data_dir=tmp_path)
        report = await verify(settings, Asked(media=False), lambda *_: None)
        return [(fault["recording_sid"] or fault["position"], fault["fault"]) for fault in report["faults"]]

    return found


async def sid(owner: asyncpg.Connection, where: str) -> str:
    return await owner.fetchval(f"SELECT recording_sid FROM kept WHERE {where}")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE recordings SET duration = 9999 WHERE sid = $1",
        "UPDATE recordings SET held = true WHERE sid = $1",
        "DELETE FROM recordings WHERE sid = $1",
        "UPDATE recordings SET sid = overlay(sid PLACING 'ffff' FROM 20) WHERE sid = $1",
    ],
)
async def test_a_row_of_an_archived_recording_that_was_changed_is_named_and_made_anew(
    pool, database, owner, faults, change
):
    assert await faults() == []
    before = await owner.fetch("SELECT * FROM recordings ORDER BY sid")
    changed = await sid(owner, IN_JULY)
    await owner.execute(change, changed)
    named = dict(await faults())
    assert named[changed] == "the read model recordings differs from the log"
    done = await rebuild(database, RECORDINGS, Archived(pool), compares=True)
    assert changed in [one.key for one in done.differing]
    assert await owner.fetch("SELECT * FROM recordings ORDER BY sid") == before
    assert await faults() == []


async def test_what_was_counted_of_an_archived_recording_is_held_too(pool, database, owner, faults):
    await owner.execute("UPDATE usage_recordings SET duration = 9999 WHERE sid = $1", await sid(owner, IN_JULY))
    assert [what for _, what in await faults()] == ["the read model usage_recordings differs from the log"]
    await rebuild(database, PROJECTIONS["usage"], Archived(pool))
    assert await faults() == []


async def test_a_row_that_says_falsely_that_events_are_archived_hides_nothing(pool, database, owner, faults):
    changed = [await sid(owner, where) for where in (IN_JULY, IN_AUGUST)]
    await owner.execute("UPDATE recordings SET duration = 9999 WHERE sid = ANY ($1)", changed)
    await owner.execute(FALSE_ROW)
    named = await faults()
    assert {what for what, _ in named} >= set(changed)
    assert any("`archives` says that it is in k, as all of x, and it is in the log" in what for _, what in named)
    await owner.execute("DELETE FROM archives WHERE key = 'k'")
    await rebuild(database, RECORDINGS, Archived(pool))
    assert await faults() == []


@pytest.mark.parametrize(
    "change",
    [
        "number = 2, first_position = first_position + 1, events = events - 1",
        "last_position = last_position + 1",
        "events = events - 1",
        "first_sid = end_sid, end_sid = end_sid || '0'",
        "end_sid = first_sid || '0'",
    ],
)
async def test_a_row_that_says_something_else_than_its_file_is_named(owner, faults, change):
    await owner.execute(f"UPDATE archives SET {change}")
    assert any("`archives` says something else than archive/events_2026_07/" in what for _, what in await faults())


@pytest.mark.parametrize("values", ["0, 0, 0", "1, 0, 1", "1, 2, 1", "3, 1, 2"])
async def test_no_row_can_be_of_no_events(owner, values):
    row = FALSE_ROW.replace("1, 1, 1, sha", f"{values}, sha")
    with pytest.raises(asyncpg.CheckViolationError, match="archives_hold_events"):
        await owner.execute(row)


@pytest.mark.parametrize("name", list(PROJECTIONS))
async def test_a_month_archived_during_a_rebuild_is_taken_from_its_files(
    pool, database, owner, faults, tmp_path, monkeypatch, name
):
    catch_up = rebuilding._catch_up

    async def after_archiving(*words):
        assert await archive_months(pool, database, tmp_path / "old", before=date(2026, 9, 1)) > 0
        await catch_up(*words)

    monkeypatch.setattr(rebuilding, "_catch_up", after_archiving)
    assert (await rebuild(database, PROJECTIONS[name], Archived(pool), compares=True)).differing == []
    assert await faults() == []
