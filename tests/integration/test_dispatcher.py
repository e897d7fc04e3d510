"""Deliveries on their way to the customer: order, leases, retries, fences, and what is written down."""

import asyncio
from datetime import timedelta

import pytest
from aiohttp import web

from facts import AC
from owing import attempts, deliveries, owe, turn
from receiver import receiver
from service.callbacks.hosts import FIRST_WINDOW, MOST_PER_ACCOUNT, MOST_UNPROVEN
from service.callbacks.outcome import Delivered

TOKEN = "12345"


async def make_due(pool):
    await pool.execute("UPDATE pending_deliveries SET due_at = now(), claimed_until = NULL")


async def test_a_failure_is_attempted_again_with_the_same_token_and_holds_back_what_comes_after(
    pool, dispatcher, customer
):
    await owe(pool, customer.url, version=1)
    await owe(pool, customer.url, version=3)
    customer.answer = lambda _: web.Response(status=500)
    assert await turn(dispatcher) == 1
    assert await turn(dispatcher) == 0, "the first waits for its time, the second for the first"
    failed, waiting = await deliveries(pool)
    assert (failed["status"], failed["attempt"]) == ("pending", 1)
    assert timedelta(seconds=3) < failed["next_attempt_at"] - failed["created_at"] < timedelta(seconds=60)
    assert (waiting["attempt"], waiting["next_attempt_at"]) == (0, failed["next_attempt_at"])
    await make_due(pool)
    customer.answer = lambda _: web.Response()
    assert [await turn(dispatcher) for _ in range(3)] == [1, 1, 0]
    assert [received.fields["Version"] for received in customer.received] == ["1", "1", "3"]
    first, again, other = (received.token for received in customer.received)
    assert first == again != other
    assert [made["http_status"] for made in await attempts(pool)] == [500, 200, 200]
    assert {row["status"] for row in await deliveries(pool)} == {"delivered"}


async def test_what_is_given_up_lets_the_next_go(pool, dispatcher, customer):
    await owe(pool, customer.url, version=1)
    await owe(pool, customer.url, version=3)
    customer.answer = lambda received: web.Response(status=410 if received.fields["Version"] == "1" else 200)
    assert [await turn(dispatcher), await turn(dispatcher)] == [1, 1]
    assert [(row["status"], row["next_attempt_at"]) for row in await deliveries(pool)] == [
        ("failed", None),
        ("delivered", None),
    ]


async def test_attempts_are_used_up(pool, dispatcher, customer):
    await owe(pool, f"{customer.url}#rc=1&rp=5xx")
    customer.answer = lambda _: web.Response(status=500)
    for _ in range(3):
        await turn(dispatcher)
        await make_due(pool)
    assert len(customer.received) == 2
    assert [row["status"] for row in await deliveries(pool)] == ["failed"]


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://[::1]/cb", "gopher://example.com/"])
async def test_a_forbidden_target_is_discarded_and_says_why(pool, dispatcher, url):
    await owe(pool, url)
    await turn(dispatcher)
    assert [row["status"] for row in await deliveries(pool)] == ["discarded"]
    assert [(row["http_status"], row["error_code"], bool(row["error"])) for row in await attempts(pool)] == [
        (None, 11210, True)
    ]


async def test_a_host_that_does_not_answer_holds_up_no_other(pool, dispatcher, customer):
    for recording in range(3 * FIRST_WINDOW):
        await owe(pool, customer.url, recording=recording)
    async with receiver() as healthy:
        await owe(pool, healthy.url, recording=1000)
        customer.open.clear()
        assert await dispatcher.tick() == FIRST_WINDOW + 1
        await healthy.arrived.wait()
        assert await dispatcher.tick() == 0, "its share of the slots is taken"
        customer.open.set()
        await dispatcher.drain()
    assert len(customer.received) == FIRST_WINDOW


class Silence:
    """Sends nothing, and answers nothing until it is over."""

    def __init__(self):
        self.over = asyncio.Event()

    async def send(self, _notice, _keys):
        await self.over.wait()
        return Delivered(http_status=200)


async def test_hosts_that_nothing_is_known_of_share_half_of_what_may_be_under_way(pool, dispatcher):
    dispatcher._sender = silence = Silence()
    for recording in range(MOST_UNPROVEN + 10):
        await owe(pool, f"http://host-{recording}.example.com/", recording=recording)
    while await dispatcher.tick():
        pass
    assert dispatcher._hosts.under_way == MOST_UNPROVEN
    silence.over.set()
    await dispatcher.drain()


async def test_hosts_that_are_left_alone_take_no_share_from_one_that_answers(pool, dispatcher, customer):
    for host in range(2 * MOST_PER_ACCOUNT):
        name = f"dead-{host}.example.com"
        await owe(pool, f"http://{name}/", recording=1000 + host)
        while dispatcher._hosts.room().slots.get(name, 1):
            dispatcher._hosts.begin(name, AC)
            dispatcher._hosts.end(name, AC, answered=False)
    for recording in range(FIRST_WINDOW):
        await owe(pool, customer.url, recording=recording)
    assert await turn(dispatcher) == FIRST_WINDOW


async def test_what_was_sent_before_it_was_put_back_is_never_discarded(pool, dispatcher, customer):
    await owe(pool, customer.url)
    await turn(dispatcher)
    (before,) = await deliveries(pool)
    await pool.execute("DELETE FROM settled_deliveries")
    await owe(pool, "http://10.0.0.1/")
    answered = "UPDATE pending_deliveries SET attempt = 1, restarted_at = 1, attempts = $1"
    await pool.execute(answered, before["attempts"])
    await turn(dispatcher)
    assert [row["status"] for row in await deliveries(pool)] == ["failed"]
    assert [made["http_status"] for made in await attempts(pool)] == [200, None]
