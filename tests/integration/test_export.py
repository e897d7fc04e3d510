"""Exports: every position once whatever happens to the process, typed, without secrets, and refused in words."""

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from operator import itemgetter
from pathlib import Path

import asyncpg
import duckdb
import orjson
import pyarrow.parquet as pq

from exporting import command, export, positions, recordkeeper
from facts import AC, START
from longlog import SECRET, moment, write_log
from objects import KEY, objects
from service.application.handler import CommandHandler
from service.application.metadata import Actor, Metadata
from service.eventstore.event import event_hash
from stores import append, postgres_store

OTHER = "AC" + "e" * 32
HOURLY = timedelta(hours=1)
DOCS = Path(__file__).parents[2] / "docs" / "operations.md"


def refused(database, what, to, *more) -> tuple[int, str]:
    done = recordkeeper(database, "export", what, "--to", str(to), *more)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


async def test_events_go_on_where_they_ended_each_once_by_day(pool, database, tmp_path):
    await write_log(pool, AC, 60, HOURLY)
    await write_log(pool, OTHER, 3, HOURLY)
    done = await asyncio.to_thread(export, database, "events", tmp_path, "--until", moment(40, HOURLY))
    assert done == [
        {"account_sid": AC, "export": "events", "rows": 39, "position": 39},
        {"account_sid": OTHER, "export": "events", "rows": 3, "position": 3},
    ]
    store = postgres_store(pool)
    assert await asyncio.to_thread(export, database, "events", tmp_path, "--account", AC) == [
        {"account_sid": AC, "export": "events", "rows": 21, "position": 60}
    ]
    await store.append(append(AC, "RE" + "9" * 32, 0, "started"))
    (done,) = await asyncio.to_thread(export, database, "events", tmp_path, "--account", AC)
    assert (done["rows"], positions(tmp_path)) == (1, list(range(1, 62)))
    assert (await asyncio.to_thread(export, database, "events", tmp_path))[0]["rows"] == 0
    names = sorted(str(path.relative_to(tmp_path)) for path in (tmp_path / "events").rglob("*.parquet"))
    assert names[0] == f"events/account_sid={AC}/day=2026-07-30/000000000001-000000000001.parquet"
    assert names[1] == f"events/account_sid={AC}/day=2026-07-31/000000000002-000000000025.parquet"


async def test_columns_are_typed_and_what_is_secret_is_masked_unless_asked_for(pool, database, tmp_path):
    await write_log(pool, AC, 6, HOURLY)
    await asyncio.to_thread(export, database, "events", tmp_path / "shown")
    (row, *_) = pq.read_table(tmp_path / "shown", partitioning="hive").sort_by("position").to_pylist()
    assert (row["account_sid"], row["type"], row["occurred_at"].isoformat()) == (
        AC,
        "started",
        "2026-07-30T23:00:00+00:00",
    )
    assert orjson.loads(row["data"])["callback"]["url"] == "https://example.com/cb?token=***"
    files = [path.read_bytes() for path in (tmp_path / "shown").rglob("*.*") if path.is_file()]
    assert not any(SECRET.encode() in content for content in files)
    assert "canonical" not in row
    await asyncio.to_thread(export, database, "events", tmp_path / "whole", "--with-canonical")
    for row in pq.read_table(tmp_path / "whole", partitioning="hive").to_pylist():
        assert event_hash(row["previous_hash"], row["position"], row["recorded_at"], row["canonical"]) == row["hash"]


async def test_recordings_are_replaced_day_by_day(pool, database, tmp_path):
    handler = CommandHandler(postgres_store(pool), lambda *_: [])
    await handler.handle(AC, START, Metadata(actor=Actor(sid=AC, role="account"), request_id="RQ" + "1" * 32))
    for _ in range(2):
        assert await asyncio.to_thread(export, database, "recordings", tmp_path) == [
            {"account_sid": AC, "export": "recordings", "rows": 1, "position": None}
        ]
        (row,) = pq.read_table(tmp_path, partitioning="hive").to_pylist()
        assert (row["sid"], row["live_status"], row["channels"]) == (START.sid, "in-progress", 2)
    await pool.execute("DELETE FROM recordings")
    await asyncio.to_thread(export, database, "recordings", tmp_path)
    assert not list(tmp_path.rglob("*.parquet"))


async def test_a_day_of_usage_is_a_row(pool, database, tmp_path):
    await write_log(pool, AC, 1, HOURLY)
    owner = await asyncpg.connect(database)
    day = (
        "INSERT INTO usage VALUES ($1, '2026-11-24', 3, 2, 1, jsonb_build_object('16101', 1), 0, 90, 1.5, 40, 50, 2, 3)"
    )
    await owner.execute(day, AC)
    await owner.execute("INSERT INTO usage_callbacks VALUES ($1, '2026-11-25', 5, 0, 0, 1, now())", AC)
    await owner.close()
    await asyncio.to_thread(export, database, "usage", tmp_path)
    first, second = sorted(pq.read_table(tmp_path, partitioning="hive").to_pylist(), key=itemgetter("day"))
    assert (first["day"], first["seconds_paused"], first["absent_by_code"]) == ("2026-11-24", 1.5, '{"16101":1}')
    assert (second["started"], second["callbacks_delivered"], second["callbacks_pending"]) == (0, 5, 1)


async def test_what_does_not_go_together_is_refused(pool, database, tmp_path):
    await write_log(pool, AC, 60, HOURLY)
    since = ("--since", "2026-08-01")
    (done,) = await asyncio.to_thread(export, database, "events", tmp_path / "x", *since)
    assert (done["rows"], positions(tmp_path / "x")[0]) == (35, 26)
    (tmp_path / "file").touch()
    for status, sentence, words in [
        (1, "begins at position 26", ("x", "--since", "2026-07-31")),
        (1, "was exported there without --with-canonical", ("x", "--with-canonical")),
        (1, "there are no events of AC9", ("x", "--account", "AC" + "9" * 32)),
        (2, "is a file; a folder is needed", ("file",)),
        (2, "'soon' is neither a time in ISO 8601 from 1970 on", ("x", "--since", "soon")),
    ]:
        said = await asyncio.to_thread(refused, database, "events", tmp_path / words[0], *words[1:])
        assert said[0] == status
        assert sentence in said[1]
    for to, status, sentence in [
        ("http://example.com", 2, "neither a folder nor a store: a store begins with s3://"),
        ("", 2, "a folder, or a store such as"),
        ("s3://bucket?endpoint=http://127.0.0.1:1", 1, "s3://bucket "),
    ]:
        said = await asyncio.to_thread(refused, database, "events", to)
        assert (said[0], sentence in said[1]) == (status, True), said


async def test_a_log_that_is_another_is_refused(pool, database, tmp_path):
    await write_log(pool, AC, 5, HOURLY)
    await asyncio.to_thread(export, database, "events", tmp_path)
    (bookmark,) = (tmp_path / "_recordkeeper" / "events").iterdir()
    bookmark.write_bytes(bookmark.read_bytes().replace(b'"position":5', b'"position":4'))
    status, said = await asyncio.to_thread(refused, database, "events", tmp_path)
    assert (status, "of another log" in said) == (1, True)


def run_with_kills(arguments: list[str], files: Callable[[], int], chance: random.Random) -> int:
    """Run to the end, killed a moment after every few files; return how often that was."""
    killed = 0
    while True:
        enough = files() + (chance.randint(2, 8) if killed > 1 else 1)  # twice at the least, also on a busy machine
        with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, env=os.environ | KEY) as process:
            while process.poll() is None and files() < enough:
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.02))
            process.kill()
        if process.returncode == 0:
            return killed
        killed += 1


async def test_killed_at_random_every_position_is_there_once(pool, database, tmp_path):
    await write_log(pool, AC, 9_000, timedelta(minutes=3))
    arguments = command(database, "export", "events", "--to", str(tmp_path))
    chance = random.Random(5)  # noqa: S311 - the same moments every time
    killed = await asyncio.to_thread(
        run_with_kills, arguments, lambda: sum(len(names) for *_, names in os.walk(tmp_path)), chance
    )
    assert killed >= 2
    assert positions(tmp_path) == list(range(1, 9_001))
    assert not list(tmp_path.rglob("*.part"))


async def test_killed_at_random_every_position_is_once_in_the_bucket(pool, database, tmp_path):
    await write_log(pool, AC, 9_000, timedelta(minutes=3))
    with objects() as s3:
        arguments = command(database, "export", "events", "--to", s3.url(prefix="log"))
        chance = random.Random(6)  # noqa: S311 - the same moments every time
        killed = await asyncio.to_thread(run_with_kills, arguments, lambda: len(s3.names()), chance)
        for name in s3.names():
            path = tmp_path / name.removeprefix("log/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(s3.content(f"{s3.endpoint}/recordings/{name}"))
    assert killed >= 2
    assert positions(tmp_path) == list(range(1, 9_001))


async def test_the_documented_query_runs_as_it_stands(pool, database, tmp_path):
    await write_log(pool, AC, 60, HOURLY)
    await asyncio.to_thread(export, database, "events", tmp_path)
    section = DOCS.read_text().partition("In DuckDB:")[2]
    query = section.partition("```sql\n")[2].partition("```")[0].replace("export/events", f"{tmp_path}/events")
    rows = duckdb.sql(query).fetchall()
    assert rows[1] == (date(2026, 7, 31), 8, 8, None)
    assert [sum(column) for column in list(zip(*rows, strict=True))[1:3]] == [20, 20]


async def test_an_export_is_verified_as_documented_without_the_service(pool, database, tmp_path):
    await write_log(pool, AC, 60, HOURLY)
    await asyncio.to_thread(export, database, "events", tmp_path, "--with-canonical")
    section = DOCS.read_text().partition("as docs/verify.py reads them:")[2]
    query = section.partition("```sql\n")[2].partition("```")[0]
    duckdb.sql(
        query.replace("export/events", f"{tmp_path}/events").replace("events.ndjson", f"{tmp_path}/events.ndjson")
    )
    command = [sys.executable, DOCS.parent / "verify.py", "--export", tmp_path / "events.ndjson"]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"{AC}: 60 events hold, positions 1 to 60.\n")


async def test_a_day_of_a_read_model_has_no_position(pool, database, tmp_path):
    await write_log(pool, AC, 6, HOURLY)
    done = await asyncio.to_thread(recordkeeper, database, "export", "recordings", "--to", str(tmp_path))
    assert (done.returncode, done.stderr, "None" in done.stdout) == (0, "", False)


async def test_a_position_that_is_missing_ends_the_export_and_is_named(pool, database, tmp_path):
    await write_log(pool, AC, 5, HOURLY)
    await pool.execute("UPDATE account_heads SET position = 7")
    status, said = await asyncio.to_thread(refused, database, "events", tmp_path)
    assert (status, f"{AC}: position 6 is not in the log" in said) == (1, True)


async def test_one_export_at_a_time_goes_to_a_place(pool, database, tmp_path):
    async with pool.acquire() as connection:
        name = f"export of events {tmp_path}"
        await connection.execute("SELECT pg_advisory_lock(hashtextextended($1, 0))", name)
        status, said = await asyncio.to_thread(refused, database, "events", tmp_path)
        await connection.execute("SELECT pg_advisory_unlock_all()")
    assert (status, f"another export of events to {tmp_path} is under way" in said) == (1, True)
