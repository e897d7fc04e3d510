"""How an account is called back: Twilio's retries instead of ours, a second signature, a URL to fall back to."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from uuid import UUID

import asyncpg
import pytest
from aiohttp import web

from facts import AC
from owing import be_silent, owe, turn
from receiver import receiver
from service.application.accounts import Accounts
from service.callbacks.dispatcher import Dispatcher
from service.callbacks.giving_up import GivingUp
from service.callbacks.sender import Sender
from service.callbacks.session import open_session
from service.eventstore.event import iso_time

DAY_OLD = (
    "UPDATE pending_deliveries SET due_at = now() - interval '25 hours', created_at = now() - interval '26 hours'"
    " WHERE attempts = '[]'"
)


@pytest.fixture
async def customer():
    async with receiver() as one:
        yield one


@pytest.fixture
async def dispatcher(database, pool):
    await pool.execute("INSERT INTO accounts (sid, friendly_name, auth_token) VALUES ($1, '', 'secret')", AC)
    async with open_session([ip_network("127.0.0.0/8")]) as session:
        yield Dispatcher(database, Sender(session, now=time.time), clock=time.monotonic, jitter=lambda: 0.5)


async def turns(dispatcher, count):
    for _ in range(count):
        await turn(dispatcher)


def stories(pool):
    return pool.fetch(
        "SELECT url, status, is_fallback, jsonb_array_length(attempts) AS made"
        " FROM deliveries WHERE url <> 'x' ORDER BY is_fallback, url"
    )


async def test_twilios_retries_give_a_failing_receiver_no_second_attempt(pool, dispatcher, customer):
    await pool.execute("UPDATE accounts SET callback_retries = 'twilio'")
    await owe(pool, customer.url)
    customer.answer = lambda _: web.Response(status=500)
    await turns(dispatcher, 2)
    assert [(row["status"], row["made"]) for row in await stories(pool)] == [("failed", 1)]


async def test_a_fallback_url_is_told_the_same_when_the_first_cannot_be_and_before_anything_later(
    pool, dispatcher, customer
):
    fallback = f"{customer.url}/fallback"
    await pool.execute("UPDATE accounts SET callback_fallback_url = $1", fallback)
    await owe(pool, f"{customer.url}/gone", version=1)
    await owe(pool, f"{customer.url}/later", version=3)
    customer.answer = lambda received: web.Response(status=410 if received.url.endswith("gone") else 204)
    await turns(dispatcher, 3)
    assert [received.url.rsplit("/", 1)[1] for received in customer.received] == ["gone", "fallback", "later"]
    first, second, third = customer.received
    assert (first.body, first.token) == (second.body, second.token)
    assert second.token != third.token
    assert [(row["url"], row["status"]) for row in await stories(pool) if row["is_fallback"]] == [
        (fallback, "delivered")
    ]


async def test_a_fallback_url_is_told_what_was_given_up_and_before_anything_later(pool, dispatcher, customer):
    await pool.execute("UPDATE accounts SET callback_fallback_url = $1", f"{customer.url}/fallback")
    await owe(pool, "http://127.0.0.1:9/gone", version=1)
    owed = await pool.fetchrow("SELECT * FROM pending_deliveries")
    await pool.execute(DAY_OLD)
    await owe(pool, f"{customer.url}/later", version=3)
    await be_silent(pool, "127.0.0.1:9")
    assert (await GivingUp(pool).tick(), await GivingUp(pool).tick()) == (1, 0)
    await turns(dispatcher, 2)
    assert [received.url.rsplit("/", 1)[1] for received in customer.received] == ["fallback", "later"]
    told = customer.received[0]
    assert (told.body.decode(), told.token) == (owed["parameters"], str(owed["idempotency_token"]))
    assert sorted((row["is_fallback"], row["status"], row["made"]) for row in await stories(pool)) == [
        (False, "delivered", 1),
        (False, "failed", 1),
        (True, "delivered", 1),
    ]


async def test_a_fallback_that_is_given_up_too_is_the_end(pool, dispatcher):
    await pool.execute("UPDATE accounts SET callback_fallback_url = 'http://127.0.0.1:9/fallback'")
    await owe(pool, "http://127.0.0.1:9/gone")
    await be_silent(pool, "127.0.0.1:9")
    for given_up in (1, 1, 0):
        await pool.execute(DAY_OLD)
        assert await GivingUp(pool).tick() == given_up
    assert [(row["is_fallback"], row["status"], row["made"]) for row in await stories(pool)] == [
        (False, "failed", 1),
        (True, "failed", 1),
    ]


async def test_a_fallback_that_fails_too_is_the_end(pool, dispatcher, customer):
    await pool.execute("UPDATE accounts SET callback_fallback_url = $1", f"{customer.url}/fallback")
    customer.answer = lambda _: web.Response(status=410)
    await owe(pool, f"{customer.url}/gone")
    await turns(dispatcher, 4)
    assert [(row["status"], row["made"]) for row in await stories(pool)] == [("failed", 1), ("failed", 1)]


async def test_the_second_signature_goes_out_when_the_account_has_a_secret(pool, dispatcher, customer):
    await owe(pool, customer.url, version=1)
    await turns(dispatcher, 1)
    await pool.execute("UPDATE accounts SET webhook_secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'")
    await owe(pool, customer.url, version=2)
    await turns(dispatcher, 1)
    without, having = customer.received
    assert "webhook-signature" not in without.headers
    assert having.headers["webhook-signature"].startswith("v1,")
    assert UUID(having.headers["webhook-id"]) == UUID(having.token)


@pytest.mark.parametrize(
    ("fragment", "retries", "seconds"),
    [("#rc=5&rp=all&tt=3000", "own", 3), ("#rp=5xx", "own", 15), ("", "twilio", 15)],
)
async def test_no_attempt_of_twilios_retries_begins_after_the_time_for_them_all(
    pool, dispatcher, customer, fragment, retries, seconds
):
    await pool.execute("UPDATE accounts SET callback_retries = $1", retries)
    customer.answer = lambda _: web.Response(status=500)
    await owe(pool, f"{customer.url}/cb{fragment}")
    before = datetime.now(UTC) - timedelta(seconds=seconds)
    made = {"attempted_at": iso_time(before), "duration_ms": 9, "http_status": None, "error_code": 11205, "error": "-"}
    await pool.execute("UPDATE pending_deliveries SET attempts = $1", [made])
    await turns(dispatcher, 1)
    (row,) = await pool.fetch("SELECT status, attempts FROM deliveries")
    assert (row["status"], row["attempts"][1]["error"], customer.received) == (
        "failed",
        f"not sent: all attempts have {seconds} s together",
        [],
    )


async def test_the_time_for_all_attempts_begins_anew_when_a_delivery_is_put_back_by_hand(pool, dispatcher, customer):
    await owe(pool, f"{customer.url}/cb#rc=1")
    made = {"attempted_at": iso_time(datetime.now(UTC) - timedelta(days=1))}
    await pool.execute("UPDATE pending_deliveries SET attempts = $1, restarted_at = 1", [made])
    await turns(dispatcher, 1)
    assert [(row["status"], row["made"]) for row in await stories(pool)] == [("delivered", 2)]


async def test_of_two_changes_at_once_both_are_kept(database, pool, dispatcher):
    accounts, url = Accounts(pool, time.monotonic), "https://example.com/"
    assert (await accounts.set_callbacks(AC, {"webhook_secret": "whsec_x"}))["webhook_secret"] == "whsec_x"
    other = await asyncpg.connect(database)
    async with other.transaction():
        await other.execute("UPDATE accounts SET callback_retries = 'twilio', webhook_secret = NULL")
        change = asyncio.create_task(accounts.set_callbacks(AC, {"fallback_url": url}))
        while not await other.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110 - the lock is in the database
            await asyncio.sleep(0.01)
    await other.close()
    now = {"sid": AC, "retries": "twilio", "fallback_url": url, "webhook_secret": None}
    assert await change == await accounts.callbacks(AC) == now
    assert await accounts.set_callbacks(AC, {"fallback_url": None}) == now | {"fallback_url": None}
    assert await accounts.set_callbacks("AC" + "9" * 32, {"retries": "own"}) is None


async def test_attempts_that_were_killed_do_not_use_up_the_schedule(pool, dispatcher, customer):
    await owe(pool, customer.url)
    await pool.execute("UPDATE pending_deliveries SET attempt = 20")
    customer.answer = lambda _: web.Response(status=500)
    await turns(dispatcher, 1)
    assert [(row["status"], row["made"]) for row in await stories(pool)] == [("pending", 1)]
