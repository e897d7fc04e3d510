"""Old months go into Parquet files, and are still answered from, followed by verify and exported."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import asyncpg
import orjson
import pytest

from exporting import export, positions, recordkeeper
from facts import AC
from longlog import write_log
from objects import KEY as S3_KEY
from objects import objects
from sealed import KEY, sealer
from service.application.identifiers import new_ordered_sid
from service.audit.events import Events
from service.audit.query import event_document
from service.export.archived import Archived
from service.projections.rebuild import rebuild
from service.projections.registry import PROJECTIONS
from service.projections.verify import differences
from stores import append, postgres_store

HOURLY = timedelta(hours=1)
DELETED = "live_status = 'deleted', deleted_at = '2026-11-15'"
SUMMER = [datetime(2026, month, 1, tzinfo=UTC) for month in (7, 8, 9)]


@pytest.fixture
async def owner(database):
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


@pytest.fixture
async def log(pool, database, owner):
    """Write 1,000 events from the evening of 30 July to 9 September, of recordings that became absent."""
    for month in SUMMER:
        await owner.execute("SELECT ensure_events_partitions(0, $1)", month)
    await write_log(pool, AC, 999, HOURLY)
    for projection in PROJECTIONS.values():
        await rebuild(database, projection)
    rows = await pool.fetch("SELECT recording_sid, tableoid::regclass::text AS month, position FROM events ORDER BY 3")
    return [row["recording_sid"] for row in rows if row["month"] == "events_2026_08"]


async def events_of(pool, sid: str, after_version: int = 0, limit: int = 1000) -> list[dict]:
    events = Events(pool, Archived(pool))
    rows = await events.of_recording(AC, sid, after_version=after_version, limit=limit)
    return [event_document(row, {}) for row in rows]


def verb(database, *words, status=0, **environment) -> tuple[list[dict], str]:
    done = recordkeeper(database, *words, "--json", **environment)
    assert (done.returncode, "Traceback" in done.stderr) == (status, False), done.stderr
    return [orjson.loads(line) for line in done.stdout.splitlines()], done.stderr


async def test_an_archived_month_is_answered_from_its_files(pool, database, owner, log, tmp_path):
    sids = [log[0], log[-1]]
    before = [await events_of(pool, sid) for sid in sids]
    some = await asyncio.to_thread(export, database, "events", tmp_path / "all", "--until", "2026-08-15")
    assert some[0]["rows"] == 361
    done, _ = await asyncio.to_thread(verb, database, "archive", "--before", "2026-09", "--to", str(tmp_path / "old"))
    assert [(one["partition"], one["files"], one["dropped"]) for one in done] == [
        ("events_2026_07", 1, False),
        ("events_2026_08", 1, False),
    ]
    assert await pool.fetchval("SELECT count(*) FROM events") == 999 - sum(one["events"] for one in done)
    assert [await events_of(pool, sid) for sid in sids] == before
    assert await events_of(pool, sids[0], after_version=1, limit=1) == before[0][1:2]
    ((report,), _) = await asyncio.to_thread(verb, database, "verify")
    assert (report["holds"], report["checked"]["events"]) == (True, 999)
    archived = sum(one["events"] for one in done)
    assert report["checked"]["events_archived"] == archived
    said = await asyncio.to_thread(recordkeeper, database, "verify")
    assert f"{archived} events read from the archive" in said.stdout.splitlines()
    for projection in PROJECTIONS.values():
        assert (await rebuild(database, projection, Archived(pool), compares=True)).differing == []
        assert await differences(database, projection, Archived(pool)) == []
    assert await owner.fetchval("SELECT count(*) FROM recordings") == 333
    (exported,) = await asyncio.to_thread(export, database, "events", tmp_path / "all")
    assert (exported["rows"], positions(tmp_path / "all")) == (999 - 361, list(range(1, 1000)))
    await asyncio.to_thread(export, database, "events", tmp_path / "since", "--since", "2026-08-10")
    assert positions(tmp_path / "since") == list(range(242, 1000))
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await owner.execute("DELETE FROM events_2026_08")


async def test_a_file_that_was_changed_or_is_gone_is_named(pool, database, log, tmp_path):
    await asyncio.to_thread(verb, database, "archive", "--before", "2026-09", "--to", str(tmp_path), "--drop")
    assert await pool.fetchval("SELECT to_regclass('events_2026_08')") is None
    (file,) = tmp_path.glob("archive/events_2026_08/*/*")
    content = file.read_bytes()
    for harm in (lambda: file.write_bytes(content[:99] + b"x" + content[100:]), file.unlink):
        harm()
        _, said = await asyncio.to_thread(verb, database, "verify", status=1)
        assert f"does not hold {file.relative_to(tmp_path)} as it was written" in said
    file.write_bytes(content)
    await asyncio.to_thread(verb, database, "verify")


async def test_a_month_is_not_archived_before_its_usage_is_counted_and_sealed(pool, database, owner, log, tmp_path):
    words = ("archive", "--before", "2026-09", "--to", str(tmp_path))
    await owner.execute("UPDATE projection_checkpoints SET position = 500 WHERE projection = 'usage'")
    done, said = await asyncio.to_thread(verb, database, *words, status=1)
    assert [one["partition"] for one in done] == ["events_2026_07"]
    assert re.search(rf"events_2026_08 stays: position \d+ of {AC} is not in `usage` yet; .* run this again$", said)
    assert await sealer(pool, KEY).tick() == 1
    await postgres_store(pool).append(append(AC, new_ordered_sid("RE", SUMMER[1] + HOURLY), 0, "started", "absent"))
    await rebuild(database, PROJECTIONS["usage"], Archived(pool))
    _, said = await asyncio.to_thread(verb, database, *words, status=1)
    assert re.search(rf"events_2026_08 stays: no seal covers position 1001 of {AC} yet; .* after the next$", said)
    assert list(tmp_path.glob("archive/events_2026_08")) == []
    assert await owner.fetchval("SELECT count(*) FROM events_2026_08") == len(log) + 2
    assert await sealer(pool, KEY).tick() == 1
    done, _ = await asyncio.to_thread(verb, database, *words)
    assert [(one["partition"], one["events"]) for one in done] == [("events_2026_08", len(log) + 2)]


@pytest.mark.parametrize(
    ("change", "until"),
    [
        ("live_status = 'completed'", "until it is absent, or deleted and purged"),
        ("held = true", "until its legal hold is released"),
        (DELETED, "until it is purged, after 2026-12-"),
        (f"{DELETED}, held = true", "until its legal hold is released"),
    ],
)
async def test_a_month_is_archived_to_a_bucket_again_after_it_was_refused(pool, database, owner, log, change, until):
    before = await owner.fetchrow("SELECT * FROM recordings WHERE sid = $1", log[0])
    await owner.execute(f"UPDATE recordings SET {change} WHERE sid = $1", log[0])  # noqa: S608 - words of our own
    with objects() as s3:
        words = ("archive", "--before", "2026-09", "--to", s3.url(prefix="old"), "--drop")
        done, said = await asyncio.to_thread(verb, database, *words, status=1, **S3_KEY)
        assert [one["partition"] for one in done] == ["events_2026_07"]
        assert f"events_2026_08 stays: the log of its recording {log[0]} may go on {until}" in said
        await owner.execute("DELETE FROM recordings WHERE sid = $1", log[0])
        await owner.execute("INSERT INTO recordings SELECT ($1::recordings).*", before)
        done, _ = await asyncio.to_thread(verb, database, *words, **S3_KEY)
        assert [(one["partition"], one["events"]) for one in done] == [("events_2026_08", len(log))]
        ((report,), _) = await asyncio.to_thread(verb, database, "verify", **S3_KEY)
        assert report["holds"]
    _, said = await asyncio.to_thread(verb, database, "verify", status=1, **S3_KEY)
    assert "s3://recordings does not answer" in said


async def test_a_recording_that_is_purged_lets_its_month_go_when_its_key_is_gone(pool, database, owner, log, tmp_path):
    words = ("archive", "--before", "2026-09", "--to", str(tmp_path))
    await owner.execute(f"UPDATE recordings SET {DELETED} WHERE sid = $1", log[0])  # noqa: S608 - words of our own
    await owner.execute("INSERT INTO account_policies (account_sid, version, held_at) VALUES ($1, 1, now())", AC)
    _, said = await asyncio.to_thread(verb, database, *words, status=1)
    assert "until its legal hold is released, or its account's" in said
    await owner.execute("DELETE FROM account_policies")
    await owner.execute("DELETE FROM recordings WHERE sid = $1", log[0])
    await owner.execute("INSERT INTO stream_keys VALUES ($1, $2, '1234')", AC, log[0])
    _, said = await asyncio.to_thread(verb, database, *words, status=1)
    assert f"recording {log[0]} may go on until it is purged: it has its key still" in said
    await owner.execute("DELETE FROM stream_keys")
    done, _ = await asyncio.to_thread(verb, database, *words)
    assert [one["partition"] for one in done] == ["events_2026_08"]


@pytest.mark.parametrize(
    ("before", "sentence"),
    [("2027-01", "only months that are over"), ("2020-01", "no partition of the log ends before 2020-01")],
)
async def test_months_that_cannot_be_archived_are_refused(pool, database, before, sentence, tmp_path):
    _, said = await asyncio.to_thread(verb, database, "archive", "--before", before, "--to", str(tmp_path), status=1)
    assert sentence in said
