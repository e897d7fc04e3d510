"""The soak's judge: what it must not let pass."""

import pytest

from bench.soak_findings import judge
from bench.soak_hosts import FAILING, HOSTS

PORTS = range(10_000, 10_000 + HOSTS)
HEALTHY = HOSTS - 1
OWED = 4


def row(number, **changes):
    recording, event = f"RE{number // 2}", ("in-progress", "completed")[number % 2]
    host = f"127.0.0.1:{PORTS[HEALTHY]}"
    told = {"recording_sid": recording, "event": event, "host": host, "token": f"token {number}", "created": 1.0}
    return told | {"status": "delivered", "attempt": 1, "recorded": 1} | changes


def came(row, *, at=1.5, taken=True):
    host = PORTS.index(int(row["host"].rpartition(":")[2]))
    return at + 0.1 * (row["event"] == "completed"), host, row["recording_sid"], row["event"], row["token"], taken


@pytest.fixture
def rows():
    return [row(number) for number in range(OWED)]


def holds(rows, arrivals, *, has_kills=False):
    return judge(rows, arrivals, PORTS, owed=OWED, has_kills=has_kills)


@pytest.mark.parametrize("has_kills", [False, True])
def test_what_came_once_and_is_on_record_is_well(rows, has_kills):
    assert holds(rows, [came(row) for row in rows], has_kills=has_kills)


@pytest.mark.parametrize("kept", [slice(0), slice(1, None), slice(2), slice(OWED - 1)])
def test_what_was_owed_and_is_not_on_record_is_lost(rows, kept):
    assert not holds(rows[kept], [came(row) for row in rows[kept]])
    assert not holds(rows[kept], [came(row) for row in rows])


def test_one_on_record_twice_stands_for_no_other(rows):
    rows[-1] = row(0, token="another")
    assert not holds(rows, [came(row) for row in rows])


def test_a_duplicate_is_excused_by_an_attempt_without_its_record_only_where_workers_are_killed(rows):
    rows[-1] |= {"attempt": 2}
    arrivals = [came(row) for row in rows]
    for each in (arrivals, [*arrivals, came(rows[-1], at=1.9)]):
        assert (holds(rows, each), holds(rows, each, has_kills=True)) == (False, True)
    rows[-1] |= {"recorded": 2}
    assert holds(rows, arrivals)
    assert not holds(rows, [*arrivals, came(rows[-1], at=1.9)], has_kills=True)


def test_what_failed_is_told_again(rows):
    rows = [each | {"host": f"127.0.0.1:{PORTS[FAILING[0]]}", "attempt": 2, "recorded": 2} for each in rows]
    assert holds(rows, [came(row, at=at, taken=at > 1.5) for row in rows for at in (1.5, 1.55)])


def test_the_end_before_the_beginning_is_seen(rows):
    assert not holds(rows, [came(row, at=2 - (row["event"] == "completed")) for row in rows])


@pytest.mark.parametrize("status", ["pending", "failed", "discarded"])
def test_a_healthy_host_is_told_all(rows, status):
    rows[-1] |= {"status": status}
    assert not holds(rows, [came(row) for row in rows])
