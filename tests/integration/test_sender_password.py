"""Userinfo of a callback's URL against a server that asks for a password."""

import re
from hashlib import sha256
from urllib.parse import urlencode

import pytest
from aiohttp import web
from multidict import CIMultiDict
from twilio.request_validator import RequestValidator

from callback_matrix import FIELDS, IDEMPOTENCY_TOKEN, KEYS, TOKEN, place
from receiver import receiver
from service.callbacks.outcome import Delivered
from service.callbacks.sender import Notice

USERINFO = "us%3Aer:p%40ss%0D%0AX-Injected: 1@"
BASIC = "Basic dXM6ZXI6cEBzcw0KWC1JbmplY3RlZDogMQ=="


@pytest.fixture
async def there():
    async with place("secure.example") as one:
        yield one


def asking(*challenges, until):
    """Return what lets in whom `until` accepts; each refusal tells the next of `challenges`."""
    left = list(challenges)

    def answer(received):
        if until(received.headers.get("Authorization", "")):
            return web.Response()
        challenge = left.pop(0) if len(left) > 1 else left[0]
        told = challenge if isinstance(challenge, list) else [challenge]
        return web.Response(status=401, headers=CIMultiDict(("WWW-Authenticate", one) for one in told))

    return answer


async def send(there, url, method="POST"):
    parameters = urlencode(FIELDS)
    notice = Notice(url=url, method=method, parameters=parameters, idempotency_token=IDEMPOTENCY_TOKEN)
    return await there.sender.send(notice, KEYS)


def nobody(_told):
    return False


def field(header, name):
    return re.search(rf'\b{name}="?([^",]*)', header)[1]


@pytest.mark.parametrize("challenge", ["basic", 'Bearer realm="x", Basic realm="z"', ["Negotiate", 'Basic realm="z"']])
async def test_userinfo_is_told_once_it_is_asked_for(there, challenge):
    customer = there.receivers["http"]
    customer.answer = asking(challenge, until=lambda told: told == BASIC)
    assert await send(there, f"http://{USERINFO}a.example/cb?x=1") == Delivered(http_status=200)
    first, second = customer.received
    assert "Authorization" not in first.headers
    assert "X-Injected" not in second.headers
    assert first.url == "http://a.example/cb?x=1"
    for one in (first, second):
        assert RequestValidator(TOKEN).validate(one.url, one.fields, one.headers["X-Twilio-Signature"])
    assert second.body == first.body
    assert first.token == second.token == IDEMPOTENCY_TOKEN


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_digest_is_answered_for_the_request_as_it_is_sent(there, method):
    offered = ["Basic realm=x", 'Digest realm="a, \\"b\\"", nonce="n/+=", qop="auth", algorithm=SHA-256, opaque="o"']
    customer = there.receivers["https"]
    customer.answer = asking(offered, until=lambda told: told.startswith("Digest "))
    assert await send(there, "https://user:pass@secure.example/c?x='y'", method) == Delivered(http_status=200)
    first, second = customer.received
    told = second.headers["Authorization"]
    asked = second.url.removeprefix("https://secure.example")
    assert f'uri="{asked}"' in told
    assert (first.url, first.method, first.body) == (second.url, second.method, second.body)

    def hashed(*parts):
        return sha256(":".join(parts).encode()).hexdigest()

    once = ("n/+=", "00000001", field(told, "cnonce"), "auth")
    expected = hashed(hashed("user", 'a, "b"', "pass"), *once, hashed(method, asked))
    assert field(told, "response") == expected
    assert 'realm="a, \\"b\\""' in told
    assert len(field(told, "cnonce")) == 32


async def test_a_stale_nonce_is_answered_anew_once(there):
    customer = there.receivers["http"]
    offers = [f'Digest realm="r", nonce="{nonce}", qop=auth, stale=TRUE' for nonce in ("one", "two", "two", "four")]
    customer.answer = asking(*offers, until=lambda told: 'nonce="two"' in told)
    assert await send(there, "http://user:pass@a.example/") == Delivered(http_status=200)
    assert len(customer.received) == 3
    customer.received.clear()
    customer.answer = asking(*offers, until=nobody)
    assert (await send(there, "http://user:pass@a.example/")).http_status == 401
    assert len(customer.received) == 3


async def test_a_nonce_used_again_is_counted_on_and_a_wrong_password_not_repeated(there):
    customer = there.receivers["http"]
    same = 'Digest realm="r", nonce="same", qop=auth'
    customer.answer = asking(f"{same}, stale=true", until=lambda told: "nc=00000002" in told)
    assert await send(there, "http://user:pass@a.example/") == Delivered(http_status=200)
    first, second = (one.headers["Authorization"] for one in customer.received[1:])
    assert field(first, "cnonce") != field(second, "cnonce")
    customer.received.clear()
    customer.answer = asking(same, until=nobody)
    assert (await send(there, "http://user:pass@a.example/")).http_status == 401
    assert len(customer.received) == 2


@pytest.mark.parametrize("challenge", ["Basic", 'Digest realm="r", nonce="n"'])
async def test_userinfo_is_told_neither_to_another_origin_nor_without_a_challenge(there, challenge):
    customer = there.receivers["http"]
    async with receiver() as other:
        other.answer = asking(challenge, until=nobody)
        customer.answer = lambda _: web.Response(status=307, headers={"Location": f"{other.url}/cb"})
        url = f"http://user:secret@127.0.0.1:{customer.port}/"
        assert (await send(there, url)).http_status == 401
        assert ["Authorization" in received.headers for received in other.received] == [False]
    customer.received.clear()
    customer.answer = lambda _: web.Response(status=401)
    assert (await send(there, url)).http_status == 401
    assert len(customer.received) == 1


async def test_userinfo_of_a_redirect_is_told_to_nobody(there):
    customer = there.receivers["http"]
    ask = asking("Basic", until=nobody)
    moved = {"Location": "http://user:secret@a.example/new"}
    customer.answer = lambda one: ask(one) if "new" in one.url else web.Response(status=307, headers=moved)
    assert (await send(there, "http://a.example/old")).http_status == 401
    assert [("Authorization" in one.headers) for one in customer.received] == [False, False]
