"""An account's events are the same before and after months of them were archived, by every filter and order."""

import asyncio
from datetime import UTC, date, datetime

import pytest

from archiving import SUMMER, archive_months, make_months
from audited import choices, rows_of, write_audited
from facts import AC
from service.audit import events as audited
from service.audit.choice import EventFilter, Stretch
from service.audit.events import Events, Followed
from service.audit.positions import OutOfReach
from service.audit.query import exported_document
from service.eventstore.subscription import Subscriptions
from service.export import archive, archive_files
from service.export.archived import Archived

STRETCHES = (Stretch(), Stretch(newest_first=True), Stretch(above=30, below=150))
LATER = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
async def log(pool, database, monkeypatch):
    """Return the account's 200 events, of recordings born in four months in turn; archives will be of many files."""
    monkeypatch.setattr(archive, "BATCH_ROWS", 18)
    monkeypatch.setattr(archive, "FILE_ROWS", 36)
    await make_months(database)
    for account in (AC, "AC" + "9" * 32):
        await write_audited(pool, account, [*SUMMER, LATER])
    return await rows_of(pool)


@pytest.fixture
def events(pool):
    return Events(pool, Archived(pool))


async def answers(events, chosen: EventFilter, stretch: Stretch) -> list[list[dict]]:
    batches = [row async for rows in events.batches(AC, chosen, stretch) for row in rows]
    page = await events.page(AC, chosen, stretch, 5)
    behind = await events.page(AC, chosen, stretch.after(100), 5)
    return [[exported_document(row, {}, unmasked=True) for row in rows] for rows in (batches, page, behind)]


@pytest.mark.parametrize("most_sorted", [0, 5000])
async def test_answers_are_the_same_as_before(pool, database, log, events, tmp_path, monkeypatch, most_sorted):
    monkeypatch.setattr(audited, "MOST_SORTED", most_sorted)
    monkeypatch.setattr(audited, "BATCH", 40)
    asked = [(chosen, stretch) for chosen in choices(log) for stretch in STRETCHES]
    before = [await answers(events, *one) for one in asked]
    assert await archive_months(pool, database, tmp_path) == 300, "of two accounts"
    assert len(list(tmp_path.glob("archive/*/*/*"))) == 12
    for one, answered in zip(asked, before, strict=True):
        assert await answers(events, *one) == answered, one


async def test_a_month_may_be_archived_between_two_batches(pool, database, log, events, tmp_path, monkeypatch):
    monkeypatch.setattr(audited, "BATCH", 40)
    for before, newest_first in ((date(2026, 8, 1), False), (date(2026, 10, 1), True)):
        positions, archived = [], 0
        async for rows in events.batches(AC, EventFilter(), Stretch(newest_first=newest_first)):
            positions += [row["position"] for row in rows]
            archived = archived or await archive_months(pool, database, tmp_path, before)
        assert (archived > 0, sorted(positions)) == (True, list(range(1, 201)))


async def test_a_subscriber_resumes_where_it_was_in_what_is_archived(pool, database, log, events, tmp_path):
    await archive_months(pool, database, tmp_path)
    subscriptions, got = Subscriptions(pool), []
    running = asyncio.create_task(subscriptions.run())
    async for reached, rows in subscriptions.follow(AC, 42, Followed(events, EventFilter(), 30), 5):
        got += [row["position"] for row in rows]
        if reached == 200:
            break
    running.cancel()
    assert got == list(range(43, 201))


async def test_files_are_read_once_and_only_where_their_positions_are_asked_for(
    pool, database, log, events, tmp_path, monkeypatch
):
    await archive_months(pool, database, tmp_path)
    read, opened = [], archive_files._opened
    monkeypatch.setattr(archive_files, "_opened", lambda file: read.append(file["key"]) or opened(file))
    assert len(await events.page(AC, EventFilter(), Stretch(above=100, below=106), 9)) == 5
    assert 1 <= len(read) <= 3, "a month each"
    await asyncio.gather(*(events.page(AC, EventFilter(), Stretch(above=100, below=106), 9) for _ in range(5)))
    assert len(read) == len(set(read)), "they are still in memory"
    await events.page(AC, EventFilter(recording_sid=log[-1]["recording_sid"]), Stretch(), 9)
    assert len(read) == len(set(read)), "the month of that recording is in the database"


async def test_no_archive_is_asked_for_where_each_position_is_in_the_database(pool, log, events, monkeypatch):
    asked, read = [], events._archive.read
    monkeypatch.setattr(events._archive, "read", lambda *words: asked.append(words) or read(*words))
    monkeypatch.setattr(audited, "BATCH", 40)
    for stretch in (Stretch(below=201), Stretch(below=201, newest_first=True), Stretch(above=150, below=201)):
        assert [row async for rows in events.batches(AC, EventFilter(), stretch) for row in rows]
    assert await Followed(events, EventFilter()).read(AC, 0, 200)
    assert asked == []


async def test_what_cannot_be_read_is_said_and_asked_for_again(pool, database, log, events, tmp_path):
    await archive_months(pool, database, tmp_path / "here")
    (tmp_path / "here").rename(tmp_path / "away")
    for _ in range(2):
        with pytest.raises(OutOfReach, match="does not hold archive/events_2026_"):
            await events.page(AC, EventFilter(), Stretch(), 9)
    (tmp_path / "away").rename(tmp_path / "here")
    assert len(await events.page(AC, EventFilter(), Stretch(), 9)) == 9
