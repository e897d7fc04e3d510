"""Events by what is asked for: every filter and order against a plain scan of the log."""

import asyncio

import pytest

from audited import choices, expected, rows_of, write_audited
from facts import AC, AT
from service.application.identifiers import new_sid
from service.audit import events as audited
from service.audit.choice import EventFilter, Stretch
from service.audit.events import Events, Followed
from service.eventstore.event import Append, Envelope, NewEvent
from service.eventstore.subscription import Subscriptions
from service.wiring.event_verbs import _show_present
from stores import postgres_store


@pytest.fixture
async def log(pool):
    """Return the account's 200 events, oldest first; another account has as many of the same."""
    for account in (AC, "AC" + "9" * 32):
        await write_audited(pool, account)
    return await rows_of(pool)


@pytest.mark.parametrize(("most_sorted", "most_walked"), [(0, 0), (0, 100), (5000, 50_000)])
async def test_every_filter_finds_what_a_scan_finds_in_both_orders_and_batches(
    pool, log, monkeypatch, most_sorted, most_walked
):
    monkeypatch.setattr(audited, "MOST_SORTED", most_sorted)
    monkeypatch.setattr(audited, "MOST_WALKED", most_walked)
    monkeypatch.setattr(audited, "BATCH", 40)
    events, found = Events(pool), 0
    for chosen in choices(log):
        wanted = expected(log, chosen)
        for stretch in (Stretch(), Stretch(newest_first=True), Stretch(above=30, below=150)):
            part = [position for position in wanted if stretch.above < position < stretch.below]
            part = part[::-1] if stretch.newest_first else part
            got = [row["position"] async for rows in events.batches(AC, chosen, stretch) for row in rows]
            assert got == part, (chosen, stretch)
            assert [row["position"] for row in await events.page(AC, chosen, stretch, 5)] == part[:5]
            some = [row["position"] async for rows in events.batches(AC, chosen, stretch, 10) for row in rows]
            assert some == part[:10]
            found += len(got)
    assert found > 2000


async def test_a_subscriber_sees_the_log_and_what_comes_and_shares_what_it_reads(pool, log, monkeypatch):
    events, subscriptions, reads = Events(pool), Subscriptions(pool), []
    read = events.read
    monkeypatch.setattr(events, "read", lambda *asked: reads.append(asked) or read(*asked))
    running = asyncio.create_task(subscriptions.run())

    async def collect(after: int, chosen: EventFilter, until: int) -> list[int]:
        got = []
        async for reached, rows in subscriptions.follow(AC, after, Followed(events, chosen), 0.1):
            got += [row["position"] for row in rows]
            if reached >= until:
                break
        return got

    damaged = EventFilter(types=("damaged",))
    followers = [collect(0, EventFilter(), 201), collect(0, EventFilter(), 201), collect(17, damaged, 201)]
    tasks = [asyncio.create_task(follower) for follower in followers]
    await asyncio.sleep(0.3)
    envelope = Envelope(call_sid=None, conference_sid=None, actor_sid=None, actor_role="system", request_id="RQ1")
    new = [NewEvent(type="started", schema=1, data={}, occurred_at=AT)]
    await postgres_store(pool).append(
        Append(account_sid=AC, stream=new_sid("RE"), expected_version=0, events=new, envelope=envelope)
    )
    subscriptions.wake(AC)
    one, two, three = await asyncio.wait_for(asyncio.gather(*tasks), 10)
    assert one == two == list(range(1, 202))
    assert three == [position for position in expected(log, damaged) if position > 17]
    plain = [asked for asked in reads if asked[1] == EventFilter()]
    assert len(plain) == len({asked[2] for asked in plain}), "each stretch was read once for both"
    running.cancel()


async def test_followers_end_when_subscriptions_close_and_none_stays_behind(pool, log):
    subscriptions = Subscriptions(pool)
    source = Followed(Events(pool), EventFilter())

    async def follow() -> None:
        async for _ in subscriptions.follow(AC, 200, source, 60):
            pass

    following = asyncio.create_task(follow())
    await asyncio.sleep(0.05)
    assert await subscriptions.tick() == 1
    subscriptions.close()
    await asyncio.wait_for(following, 5)
    await asyncio.wait_for(follow(), 5)
    assert await subscriptions.tick() == 0


async def test_the_newest_are_shown_oldest_first_a_batch_at_a_time(pool, log, monkeypatch):
    monkeypatch.setattr(audited, "BATCH", 7)
    for chosen in (EventFilter(), EventFilter(types=("damaged",)), EventFilter(types=("nothing",))):
        shown, stretch = [], Stretch(above=0, below=len(log) + 1)
        await _show_present(Events(pool), AC, chosen, stretch, 20, shown.append, newest=True)
        wanted = [row["position"] for row in log if not chosen.types or row["type"] in chosen.types]
        assert [event["position"] for batch in shown for event in batch] == wanted[-20:]
        assert all(len(batch) <= 7 for batch in shown)
