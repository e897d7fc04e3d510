"""Proofs and seals where part of what they are over is in the archive."""

import random
from datetime import UTC, datetime

import asyncpg
import pytest
from structlog.testing import capture_logs

from archiving import SUMMER, archive_months, make_months
from facts import AC
from sealed import KEY, record, sealer
from service.audit.hash_chain import first_breaks
from service.audit.positions import OutOfReach
from service.audit.proofs import Proofs
from service.audit.subtrees import LogBroken
from service.export.archived import Archived

CHOOSE = random.Random(7)  # noqa: S311 - the same logs every time
BIRTHS = [*SUMMER, datetime(2026, 11, 1, tzinfo=UTC)]
GROWN = (3, 300, 255, 77)


@pytest.fixture
async def log(pool, database):
    """Return the events of four months, interleaved, under four seals."""
    await make_months(database)
    for events in GROWN:
        await record(pool, AC, events, CHOOSE, BIRTHS)
        await sealer(pool, KEY).tick()
    return await pool.fetch("SELECT * FROM events WHERE account_sid = $1 ORDER BY position", AC)


@pytest.fixture
def proofs(pool):
    return Proofs(pool, Archived(pool))


async def all_proofs(proofs, log) -> list[dict]:
    sealed = len(GROWN)
    events = [
        await proofs.inclusion(AC, row["recording_sid"], row["version"], n) for row in log[::13] for n in (None, sealed)
    ]
    pairs = [(first, second) for first in range(1, sealed + 1) for second in range(first, sealed + 1)]
    return events + [await proofs.consistency(AC, *pair) for pair in pairs]


async def test_proofs_are_the_same_as_before_and_seals_go_on(pool, database, log, proofs, tmp_path):
    before = await all_proofs(proofs, log)
    assert await archive_months(pool, database, tmp_path) > 300
    assert await all_proofs(proofs, log) == before
    row = log[0]
    assert await proofs.inclusion(AC, row["recording_sid"], 99, None) is None
    await record(pool, AC, 9, CHOOSE, BIRTHS[-1:])
    assert await sealer(pool, KEY).tick() == 1
    for first in range(1, len(GROWN) + 1):
        proof = await proofs.consistency(AC, first, None)
        assert (proof["from"]["seal"]["n"], proof["to"]["length"]) == (first, sum(GROWN) + 9)
    for since in range(len(GROWN) + 2):
        assert await first_breaks(pool, since_seal=since, archive=Archived(pool)) == []


async def test_a_log_is_sealed_for_the_first_time_when_months_are_archived(pool, database, proofs, tmp_path):
    await make_months(database)
    await record(pool, AC, 600, CHOOSE, BIRTHS)
    row = await pool.fetchrow("SELECT * FROM events WHERE position = 300")
    await archive_months(pool, database, tmp_path)
    assert await sealer(pool, KEY).tick() == 1
    proof = await proofs.inclusion(AC, row["recording_sid"], row["version"], None)
    assert (proof["position"], proof["log"]["length"]) == (300, 600)


async def test_without_the_archive_no_proof_is_given_and_that_log_waits_for_its_seal(
    pool, database, log, proofs, tmp_path
):
    await archive_months(pool, database, tmp_path / "here")
    (tmp_path / "here").rename(tmp_path / "away")
    with pytest.raises(OutOfReach, match="does not hold archive/events_2026_"):
        await proofs.consistency(AC, 1, None)
    await record(pool, AC, 2, CHOOSE, BIRTHS[-1:])
    other = "AC" + "9" * 32
    await record(pool, other, 2, CHOOSE, BIRTHS[-1:])
    with capture_logs() as said:
        assert await sealer(pool, KEY).tick() == 1
    assert [entry["event"] for entry in said] == ["seal.archive_not_read", "seal.made"]
    (tmp_path / "away").rename(tmp_path / "here")
    assert await sealer(pool, KEY).tick() == 1


async def test_an_event_that_is_in_neither_is_named(pool, database, log, proofs, tmp_path):
    await archive_months(pool, database, tmp_path)
    owner = await asyncpg.connect(database)
    number = await owner.fetchval("SELECT min(first_position) FROM archives")
    await owner.execute("DELETE FROM archives WHERE first_position = $1", number)
    await owner.close()
    (fault,) = await first_breaks(pool, archive=Archived(pool))
    assert (fault.account_sid, fault.position) == (AC, number)
    with pytest.raises(LogBroken, match=rf"the event at position \d+ of {AC} is missing"):
        await proofs.consistency(AC, 1, None)
