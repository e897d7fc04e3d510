"""TLS with and without a server name: verified in either case."""

import ssl
from urllib.parse import urlencode

import pytest
import trustme
from aiohttp import web

from callback_matrix import FIELDS, IDEMPOTENCY_TOKEN, KEYS, place
from receiver import receiver
from service.callbacks.outcome import Delivered, Failed, Failure
from service.callbacks.sender import Notice


async def send(there, url):
    parameters = urlencode(FIELDS)
    notice = Notice(url=url, method="POST", parameters=parameters, idempotency_token=IDEMPOTENCY_TOKEN)
    return await there.sender.send(notice, KEYS)


@pytest.mark.parametrize(
    ("fragment", "told"),
    [
        ("", "secure.example"),
        ("#sni=y", "secure.example"),
        ("#sni=N", "secure.example"),
        ("#e=dublin&sni=n", None),
        ("#rc=1&%73ni=%6e&e=ashburn,dublin", None),
    ],
)
async def test_the_name_is_told_unless_the_url_says_no(fragment, told):
    async with place("secure.example") as there:
        names = there.names
        assert await send(there, f"https://secure.example/cb{fragment}") == Delivered(http_status=200)
        assert names == [told]
        (received,) = there.receivers["https"].received
        assert received.headers["Host"] == "secure.example"


@pytest.mark.parametrize("fragment", ["", "#sni=n"])
@pytest.mark.parametrize(
    ("certified", "host", "is_right"),
    [
        ("secure.example", "secure.example", True),
        ("*.secure.example", "a.secure.example", True),
        ("secure.example", "other.secure.example", False),
        ("*.secure.example", "secure.example", False),
        ("*.secure.example", "b.a.secure.example", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.2", "127.0.0.1", False),
        ("secure.example", "127.0.0.1", False),
    ],
)
async def test_a_certificate_of_another_host_gets_nothing(fragment, certified, host, is_right):
    async with place(certified) as there:
        customer = there.receivers["https"]
        outcome = await send(there, f"https://{host}:{customer.port}/{fragment}")
        if is_right:
            assert outcome == Delivered(http_status=200)
        else:
            assert isinstance(outcome, Failed)
            assert (outcome.failure, outcome.error_code) == (Failure.CONNECTION, 11220)
            assert customer.received == []


@pytest.mark.parametrize("fragment", ["", "#sni=n"])
async def test_a_certificate_of_an_authority_unknown_gets_nothing(fragment):
    strange = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(strange)
    async with place("secure.example") as there, receiver(strange) as customer:
        outcome = await send(there, f"{customer.url}/{fragment}")
        assert (outcome.failure, outcome.error_code) == (Failure.CONNECTION, 11220)
        assert customer.received == []


async def test_a_connection_without_a_name_is_used_for_no_url_that_tells_one():
    async with place("secure.example") as there:
        there.receivers["https"].answer = lambda _: web.Response()
        for fragment in ("#sni=n", "", "#sni=n", ""):
            assert await send(there, f"https://secure.example/{fragment}") == Delivered(http_status=200)
        assert there.names == [None, "secure.example"]
