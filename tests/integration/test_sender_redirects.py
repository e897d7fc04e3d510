"""Where redirects lead, and what cannot be made of them."""

import asyncio
from urllib.parse import urlencode

import pytest
from aiohttp import web
from twilio.request_validator import RequestValidator

from callback_matrix import FIELDS, IDEMPOTENCY_TOKEN, KEYS, TOKEN, place
from service.callbacks.outcome import Delivered, Failed, Failure
from service.callbacks.sender import Notice


@pytest.fixture
async def there():
    async with place("secure.example") as one:
        yield one


async def send(there, url, method="POST"):
    parameters = urlencode(FIELDS)
    notice = Notice(url=url, method=method, parameters=parameters, idempotency_token=IDEMPOTENCY_TOKEN)
    return await there.sender.send(notice, KEYS)


def is_signed(received):
    return RequestValidator(TOKEN).validate(received.url, received.fields, received.headers["X-Twilio-Signature"])


async def test_a_303_ends_the_body_for_the_redirects_behind_it_too(there):
    customer = there.receivers["http"]
    places = {"/a": (307, "/b"), "/b": (303, "/c"), "/c": (307, "/d")}

    def answer(received):
        status, location = places.get(received.url.removeprefix(customer.url), (200, ""))
        return web.Response(status=status, headers={"Location": location})

    customer.answer = answer
    assert await send(there, f"{customer.url}/a") == Delivered(http_status=200)
    assert [one.method for one in customer.received] == ["POST", "POST", "GET", "GET"]
    assert [one.body == b"" for one in customer.received] == [False, False, True, True]
    assert all(is_signed(one) for one in customer.received)


async def test_a_get_stays_one_and_goes_where_it_is_sent(there):
    customer = there.receivers["http"]
    customer.answer = lambda one: web.Response(status=200 if "new" in one.url else 302, headers={"Location": "/new#x"})
    assert await send(there, f"{customer.url}/old", method="GET") == Delivered(http_status=200)
    _, last = customer.received
    assert (last.method, last.url) == ("GET", f"{customer.url}/new")
    assert is_signed(last)


@pytest.mark.parametrize(
    "odd", [b"/a\x00b", b"/\xff\xfe", b"/a\tX-Injected: 1", b"/a b\xc2\x85c", b"/a\rX-Injected: 1"]
)
async def test_a_location_of_any_bytes_stays_in_its_line(there, odd):
    customer = there.receivers["http"]
    moved = b"HTTP/1.1 307 X\r\nContent-Length: 0\r\nLocation: " + customer.url.encode() + b"/" + odd + b"\r\n\r\n"

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(moved)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        outcome = await send(there, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    assert isinstance(outcome, Delivered | Failed), outcome
    for received in customer.received:
        assert "X-Injected" not in received.headers
        assert received.url.isascii()
        assert is_signed(received)


async def test_all_requests_of_an_attempt_share_its_time(there):
    customer = there.receivers["http"]

    def answer(_):
        if len(customer.received) > 1:
            customer.open.clear()
        return web.Response(status=307, headers={"Location": "/again"})

    customer.answer = answer
    outcome = await send(there, f"{customer.url}/#tt=300")
    assert (outcome.failure, outcome.error_code, len(customer.received)) == (Failure.TIMEOUT, 11200, 3)
