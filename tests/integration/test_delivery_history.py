"""Deliveries as they are listed, found and owed again; what is kept of them, and how much is pending."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from facts import AC
from owing import be_silent
from service.application.paging import Cursor
from service.callbacks.giving_up import GivingUp
from service.callbacks.history import Chosen, Deliveries
from service.callbacks.queue import measure_queue
from service.retention.purge import Purge

AT = datetime(2026, 11, 22, 21, tzinfo=UTC)
OTHER = "AC" + "b" * 32
PENDING = (
    "INSERT INTO pending_deliveries (account_sid, sid, recording_sid, event_version, event, occurred_at, url, method,"
    " parameters, host, idempotency_token, created_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
)
SETTLED = (
    "INSERT INTO settled_deliveries (account_sid, sid, recording_sid, event_version, event, occurred_at, url, method,"
    " parameters, host, idempotency_token, created_at, is_fallback, attempt, attempts, status)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, false, 3, '[]', $13)"
)
DAYS_OLD = "UPDATE pending_deliveries SET due_at = now() - interval '3 days', created_at = now() - interval '3 days'"
FAIL_AGAIN = (
    "WITH gone AS (DELETE FROM pending_deliveries RETURNING *)"
    " INSERT INTO settled_deliveries (account_sid, sid, recording_sid, event_version, event, occurred_at, url, method,"
    " parameters, host, idempotency_token, created_at, is_fallback, attempt, attempts, status)"
    " SELECT account_sid, sid, recording_sid, event_version, event, occurred_at, url, method,"
    " parameters, host, idempotency_token, created_at, is_fallback, attempt, attempts, 'failed' FROM gone"
)


@pytest.fixture
def deliveries(pool):
    return Deliveries(pool)


def sid(number: int) -> str:
    return f"DL{number:012x}{0:020x}"


async def add(pool, number, status="delivered", *, account=AC, event="completed", version=1, host="h:80", minutes=0):
    """Write down the delivery `number`, of the recording of that number, as claims and results leave it."""
    row = (account, sid(number), f"RE{number:012x}{1:020x}", version, event, AT + timedelta(minutes=minutes))
    row += (f"https://u:p@{host}/", "POST", f"RecordingStatus={event}", host, UUID(int=number), AT)
    await pool.execute(*((PENDING, *row) if status == "pending" else (SETTLED, *row, status)))


async def pages(deliveries, size, *, newer=False, cursor=None, chosen=None):
    """Return the SIDs of each page, from the first on, or backwards from `cursor`."""
    found = []
    while True:
        page = await deliveries.page(AC, chosen or Chosen(), cursor, size)
        found.append([one.sid for one in page.rows])
        if not (page.has_newer if newer else page.has_older):
            return found
        row = page.rows[0] if newer else page.rows[-1]
        cursor = Cursor(sid=row.place, newer=newer)


@pytest.mark.parametrize("statuses", [("delivered", "pending"), ("failed", "failed")], ids=" ".join)
async def test_pages_over_events_of_one_moment_hold_each_once_in_both_directions(pool, deliveries, statuses):
    for number in range(10):
        await add(pool, number, statuses[number % 2], minutes=number // 5)
    chosen = Chosen(status="failed") if "failed" in statuses else None
    older = await pages(deliveries, 3, chosen=chosen)
    assert [one for page in older for one in page] == [sid(number) for number in range(9, -1, -1)]
    (*_, last) = older
    at = (AT - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    newer = await pages(deliveries, 3, newer=True, cursor=Cursor(sid=f"{at}{last[-1]}", newer=True), chosen=chosen)
    assert [one for page in reversed(newer) for one in page] == [sid(number) for number in range(9, 0, -1)]


async def test_each_filter_leaves_out_what_it_says(pool, deliveries):
    await add(pool, 1, "delivered")
    await add(pool, 2, "failed", minutes=1)
    await add(pool, 3, "pending", minutes=2, event="absent")
    await add(pool, 4, "discarded", minutes=3)
    await add(pool, 5, "failed", account=OTHER)

    async def chosen(**filters):
        return [
            one.row["idempotency_token"].int for one in (await deliveries.page(AC, Chosen(**filters), None, 9)).rows
        ]

    assert await chosen() == [4, 3, 2, 1]
    assert [await chosen(status=one) for one in ("delivered", "failed", "pending", "discarded")] == [[1], [2], [3], [4]]
    assert await chosen(event="absent") == [3]
    minute = timedelta(minutes=1)
    assert await chosen(after=AT + minute, before=AT + 2 * minute) == [3, 2]
    assert await chosen(status="failed", before=AT) == []


async def test_what_is_settled_is_owed_again_as_it_was(pool, deliveries):
    await add(pool, 1, "failed")
    before = (await deliveries.find(AC, sid(1))).row
    again = await deliveries.redeliver(AC, sid(1))
    assert again.row["status"] == "pending"
    kept = ("recording_sid", "event_version", "url", "parameters", "idempotency_token", "attempts", "created_at")
    assert [again.row[name] for name in kept] == [before[name] for name in kept]
    row = await pool.fetchrow("SELECT *, due_at <= now() AS due FROM pending_deliveries")
    assert (row["attempt"], row["restarted_at"], row["due"]) == (3, len(row["attempts"]), True)
    assert await pool.fetchval("SELECT count(*) FROM settled_deliveries") == 0
    assert await deliveries.redeliver(OTHER, sid(1)) is None
    assert await deliveries.redeliver(AC, sid(2)) is None


async def test_what_is_pending_is_due_now_unless_it_is_on_its_way(pool, deliveries):
    for number in (1, 2):
        await add(pool, number, "pending")
    later = "UPDATE pending_deliveries SET due_at = now() + interval '1 hour'"
    await pool.execute(later)
    claimed = "UPDATE pending_deliveries SET claimed_until = now() + interval '1 minute' WHERE sid = $1"
    await pool.execute(claimed, sid(2))
    assert [(await deliveries.redeliver(AC, sid(number))).row["status"] for number in (1, 2)] == ["pending"] * 2
    assert await pool.fetchval("SELECT array_agg(sid) FROM pending_deliveries WHERE due_at <= now()") == [sid(1)]


async def test_what_waits_for_one_that_is_due_now_is_due_as_well(pool, deliveries):
    for number, version in ((1, 1), (2, 2), (3, 3)):
        await add(pool, number, "pending", version=version)
    await pool.execute("UPDATE pending_deliveries SET recording_sid = $1", f"RE{1:012x}{1:020x}")
    await pool.execute("UPDATE pending_deliveries SET due_at = now() + interval '3 hours'")
    await pool.execute("UPDATE pending_deliveries SET attempts = '[{}]' WHERE event_version = 3")
    await deliveries.redeliver(AC, sid(1))
    due = "SELECT array_agg(event_version ORDER BY event_version) FROM pending_deliveries WHERE due_at <= now()"
    assert await pool.fetchval(due) == [1, 2], "the third has a time of its own"


async def test_batches_take_what_was_chosen_once_though_it_fails_again(pool, deliveries):
    for number in range(7):
        await add(pool, number, "failed", minutes=number)
    await add(pool, 8, "discarded")
    await add(pool, 9, "failed", account=OTHER)
    chosen = Chosen(status="failed", after=AT + timedelta(minutes=1))
    count, began = await deliveries.count(AC, chosen)
    assert count == 6
    first, rest = await deliveries.redeliver_batch(AC, chosen, began, 4)
    await pool.execute(FAIL_AGAIN)
    second, _ = await deliveries.redeliver_batch(AC, rest, began, 4)
    assert (first, second) == (4, 2)
    assert await pool.fetchval("SELECT count(*) FROM pending_deliveries") == 2


async def test_the_history_goes_when_its_time_is_over_unless_it_is_kept_for_ever(pool):
    for number in range(3):
        await add(pool, number)
    await pool.execute("UPDATE settled_deliveries SET settled_at = now() - interval '41 days' WHERE sid <> $1", sid(1))
    assert await Purge(pool, 0).tick() == 0
    assert await Purge(pool, 40).tick() == 2
    assert await pool.fetchval("SELECT array_agg(sid) FROM settled_deliveries") == [sid(1)]


async def test_what_got_no_turn_for_a_day_is_given_up(pool, deliveries):
    for number in range(4):
        await add(pool, number, "pending")
    await add(pool, 100, "pending", version=3)
    await pool.execute(
        "UPDATE pending_deliveries SET recording_sid = $1 WHERE sid = $2", f"RE{0:012x}{1:020x}", sid(100)
    )
    await pool.execute("UPDATE pending_deliveries SET due_at = now() - interval '25 hours'")
    await pool.execute("UPDATE pending_deliveries SET created_at = now() - interval '26 hours'")
    for number, change in (
        (1, "UPDATE pending_deliveries SET created_at = now() WHERE sid = $1"),
        (2, "UPDATE pending_deliveries SET due_at = now() WHERE sid = $1"),
        (3, "UPDATE pending_deliveries SET claimed_until = now() + interval '1 minute' WHERE sid = $1"),
    ):
        await pool.execute(change, sid(number))
    assert await GivingUp(pool).tick() == 0, "nobody asked its host"
    await be_silent(pool, "h:80")
    assert await GivingUp(pool).tick() == 1, "one is new, one was not due, one is on its way, one waits for another"
    (row,) = await pool.fetch("SELECT * FROM settled_deliveries")
    assert (row["sid"], row["status"]) == (sid(0), "failed")
    (attempt,) = (await deliveries.find(AC, sid(0))).document()["attempts"]
    assert attempt.pop("attempted_at").endswith("Z")
    said = "given up: its host answered nothing for 24 hours"
    assert attempt == {"duration_ms": 0, "http_status": None, "error_code": 11205, "error": said}


@pytest.mark.parametrize(("since", "until"), [("2 hours", "1 minute"), ("3 days", "2 hours")])
async def test_a_host_that_was_not_asked_all_the_while_is_not_given_up(pool, since, until):
    await add(pool, 1, "pending")
    await pool.execute(DAYS_OLD)
    await be_silent(pool, "h:80", since=since, until=until)
    assert await GivingUp(pool).tick() == 0


async def test_a_host_that_answered_lately_is_not_given_up(pool):
    for number, status in ((1, "pending"), (2, "delivered")):
        await add(pool, number, status)
    await pool.execute(DAYS_OLD)
    await be_silent(pool, "h:80")
    assert await GivingUp(pool).tick() == 0
    await pool.execute("DELETE FROM settled_deliveries")
    assert await GivingUp(pool).tick() == 1


async def test_the_queue_is_measured_over_all_lanes(pool):
    assert await measure_queue(pool) == (0, 0, 0.0)
    for number in range(6):
        await add(pool, number, "pending", host=f"h{number % 3}:80")
    await pool.execute("UPDATE pending_deliveries SET due_at = now() + interval '1 hour' WHERE sid = $1", sid(0))
    await pool.execute("UPDATE pending_deliveries SET due_at = now() - interval '1 hour' WHERE sid = $1", sid(5))
    queue = await measure_queue(pool)
    assert (queue.pending, queue.due) == (6, 5)
    assert 3600 <= queue.oldest_due_seconds < 3700
    claimed = "UPDATE pending_deliveries SET claimed_until = now() + interval '1 minute' WHERE sid = $1"
    await pool.execute(claimed, sid(5))
    behind = "UPDATE pending_deliveries SET recording_sid = $1, event_version = 2 WHERE sid = $2"
    await pool.execute(behind, f"RE{5:012x}{1:020x}", sid(4))
    queue = await measure_queue(pool)
    assert (queue.pending, queue.due) == (6, 3), "one is on its way, and one waits for it"
    assert queue.oldest_due_seconds < 3600
