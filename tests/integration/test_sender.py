"""One attempt at a callback against real sockets: what goes out, and what each kind of answer amounts to."""

import asyncio
import socket
import time
from contextlib import AsyncExitStack
from ipaddress import ip_network
from urllib.parse import urlencode

import pytest
from aiohttp import web
from standardwebhooks import Webhook
from twilio.request_validator import RequestValidator

from receiver import receiver
from service.callbacks.attempt import MOST_BODY_BYTES, MOST_REDIRECTS
from service.callbacks.outcome import Delivered, Discarded, Failed, Failure
from service.callbacks.sender import Notice, Sender
from service.callbacks.session import open_session
from service.callbacks.signature import Keys

TOKEN = "12345"
IDEMPOTENCY_TOKEN = "5f0c1d2e-0000-5000-8000-000000000001"
FIELDS = {"RecordingStatus": "completed", "RecordingStartTime": "Tue, 24 Mar 2026 18:15:40 +0000"}
LOOPBACK = [ip_network("127.0.0.0/8")]


@pytest.fixture
async def customer():
    async with receiver() as one:
        yield one


async def send(url, *, method="POST", allowed=LOOPBACK, webhook_secret=None, **facts):
    parameters = urlencode(FIELDS)
    notice = Notice(url=url, method=method, parameters=parameters, idempotency_token=IDEMPOTENCY_TOKEN, **facts)
    async with open_session(allowed) as session:
        return await Sender(session, now=time.time).send(notice, Keys(auth_token=TOKEN, webhook_secret=webhook_secret))


def is_signed(received):
    return RequestValidator(TOKEN).validate(received.url, received.fields, received.headers["X-Twilio-Signature"])


async def raw_server(stack, answer):
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await stack.enter_async_context(await asyncio.start_server(serve, "127.0.0.1", 0))
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_post_carries_the_form_and_twilios_headers(customer):
    assert await send(f"{customer.url}/cb/ż?x=%7E{{y}}#rc=1") == Delivered(http_status=200)
    (received,) = customer.received
    assert (received.method, received.url) == ("POST", f"{customer.url}/cb/%C5%BC?x=%7E{{y}}")
    assert received.fields == FIELDS
    assert is_signed(received)
    headers = dict(received.headers)
    assert headers.pop("X-Twilio-Signature")
    assert headers == {
        "Host": f"127.0.0.1:{customer.port}",
        "Accept": "*/*",
        "Cache-Control": "max-age=259200",
        "User-Agent": "TwilioProxy/1.1",
        "I-Twilio-Idempotency-Token": IDEMPOTENCY_TOKEN,
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        "Content-Length": str(len(received.body)),
    }


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_second_signature_is_that_of_standard_webhooks(customer, method):
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert await send(f"{customer.url}/cb", method=method, webhook_secret=secret) == Delivered(http_status=200)
    (received,) = customer.received
    assert received.headers["webhook-id"] == IDEMPOTENCY_TOKEN
    Webhook(secret).verify(received.body, dict(received.headers), json_parse=False)
    assert is_signed(received)


async def test_a_get_carries_the_parameters_behind_the_query_and_signs_the_whole_url(customer):
    assert await send(f"{customer.url}/cb?x=1#rc=1", method="GET") == Delivered(http_status=200)
    (received,) = customer.received
    assert (received.method, received.body) == ("GET", b"")
    assert received.url == f"{customer.url}/cb?x=1&{urlencode(FIELDS)}"
    assert "Content-Type" not in received.headers
    assert is_signed(received)


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (400, Failure.CLIENT_ERROR),
        (410, Failure.CLIENT_ERROR),
        (500, Failure.SERVER_ERROR),
        (503, Failure.SERVER_ERROR),
        (304, Failure.REDIRECT),
    ],
)
async def test_an_answer_that_is_no_success(customer, status, failure):
    customer.answer = lambda _: web.Response(status=status, headers={"Retry-After": "7"})
    assert await send(customer.url) == Failed(
        failure=failure,
        error_code=11200,
        error=f"the receiver answered {status}",
        http_status=status,
        retry_after=7,
    )


async def test_a_date_to_come_back_at_counts_from_the_answers_own(customer):
    dates = {"Date": "Mon, 23 Nov 2026 10:00:00 GMT", "Retry-After": "Mon, 23 Nov 2026 10:02:00 GMT"}
    customer.answer = lambda _: web.Response(status=503, headers=dates)
    assert (await send(customer.url)).retry_after == 120
    customer.answer = lambda _: web.Response(status=503, headers=dates | {"Retry-After": "soon"})
    assert (await send(customer.url)).retry_after is None


@pytest.mark.parametrize(
    ("status", "method"), [(301, "POST"), (302, "POST"), (303, "GET"), (307, "POST"), (308, "POST")]
)
async def test_a_redirect_is_followed_and_signed_anew(customer, status, method):
    def answer(received):
        if received.url.endswith("/new?a=b"):
            return web.Response()
        return web.Response(status=status, headers={"Location": "/new?a=b"})

    customer.answer = answer
    assert await send(f"{customer.url}/old") == Delivered(http_status=200)
    _, last = customer.received
    assert (last.method, last.fields) == (method, FIELDS if method == "POST" else {})
    assert is_signed(last)


async def test_redirects_end(customer):
    customer.answer = lambda _: web.Response(status=302, headers={"Location": "/again"})
    outcome = await send(customer.url)
    assert (outcome.failure, outcome.error_code) == (Failure.REDIRECT, 11215)
    assert len(customer.received) == MOST_REDIRECTS + 1


@pytest.mark.parametrize(
    "location",
    [
        "http://10.0.0.1/",
        "http://[::1]/",
        "//10.0.0.1/",
        "file:///etc/passwd",
        "http://[",
        "http://a b/",
        "http://a\u00a0b/",
        "http://10.0.0.1\\@127.0.0.1/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:99999/",
    ],
)
async def test_a_redirect_to_where_callbacks_must_not_go_is_not_followed(customer, location):
    customer.answer = lambda _: web.Response(status=302, headers={"Location": location})
    outcome = await send(customer.url)
    assert (outcome.failure, outcome.error_code) == (Failure.REDIRECT, 11215)
    assert len(customer.received) == 1


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "①②⑦.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",  # noqa: S104 - called, not bound
    ],
)
async def test_a_forbidden_target_gets_no_connection(customer, host):
    outcome = await send(f"http://{host}:{customer.port}/", allowed=[])
    assert isinstance(outcome, Discarded), outcome
    assert outcome.error_code == 11210
    assert customer.received == []


async def test_what_is_no_url_is_discarded():
    assert await send("gopher://example.com") == Discarded(error="not an absolute http or https URL")


async def test_no_connection(customer, unused_tcp_port):
    outcome = await send(f"http://127.0.0.1:{unused_tcp_port}/")
    assert (outcome.failure, outcome.error_code) == (Failure.CONNECTION, 11205)
    outcome = await send("http://nothing.invalid/")
    assert (outcome.failure, outcome.error_code) == (Failure.CONNECTION, 11210)
    outcome = await send(f"https://127.0.0.1:{customer.port}/")
    assert (outcome.failure, outcome.error_code) == (Failure.CONNECTION, 11220)


@pytest.mark.parametrize("limit", ["rt=100", "tt=100"])
async def test_no_answer_in_time(customer, limit):
    customer.open.clear()
    outcome = await send(f"{customer.url}/#{limit}")
    assert (outcome.failure, outcome.error_code, outcome.http_status) == (Failure.TIMEOUT, 11200, None)
    assert outcome.time_left is None


@pytest.mark.parametrize(("fragment", "retries"), [("#rc=2&rp=all", "own"), ("", "twilio")])
async def test_a_retry_of_twilios_has_what_the_attempts_before_left_of_their_time(customer, fragment, retries):
    customer.open.clear()
    outcome = await send(f"{customer.url}/{fragment}", spent=14.9, retries=retries)
    assert (outcome.failure, outcome.time_left < 0.1) == (Failure.TIMEOUT, True)
    over = await send(f"{customer.url}/{fragment}", spent=15, retries=retries)
    assert over == Discarded(error="not sent: all attempts have 15 s together", error_code=11200)
    customer.open.set()
    assert await send(customer.url, spent=100_000) == Delivered(http_status=200)


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH_9.6\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"])
async def test_an_answer_that_is_not_http_has_no_status(answer, exit_stack):
    outcome = await send(await raw_server(exit_stack, answer))
    assert (outcome.failure, outcome.error_code, outcome.http_status) == (Failure.SERVER_ERROR, 11200, None)


async def test_a_body_is_read_to_a_limit_and_its_end_is_of_no_matter(customer, exit_stack):
    customer.answer = lambda _: web.Response(body=bytes(MOST_BODY_BYTES * 20))
    assert await send(customer.url) == Delivered(http_status=200)
    broken = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbroken off"
    assert await send(await raw_server(exit_stack, broken)) == Delivered(http_status=200)


@pytest.fixture
async def exit_stack():
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
def unused_tcp_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]
