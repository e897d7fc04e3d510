"""Certificates are verified: nothing in a URL turns that off."""

import ssl
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
import trustme
from aiohttp import web

from nameserver import nameserver
from service.callbacks.outcome import Delivered, Failure
from service.callbacks.sender import Notice, Sender
from service.callbacks.session import open_session
from service.callbacks.signature import Keys

LOOPBACK = [ip_network("127.0.0.0/8")]
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


@asynccontextmanager
async def server(certificate):
    async def welcome(_):
        return web.Response()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    runner = web.ServerRunner(web.Server(welcome), shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def send(certificate, fragment=""):
    async with (
        server(certificate) as port,
        nameserver({"customer.test": ["127.0.0.1"]}) as dns,
        open_session(LOOPBACK, nameservers=[dns.address]) as session,
    ):
        url = f"https://customer.test:{port}/{fragment}"
        notice = Notice(url=url, method="POST", parameters="a=b", idempotency_token="0")
        return await Sender(session, now=time.time).send(notice, Keys(auth_token="12345"))


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def trusted(authority, monkeypatch):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", context)


async def test_a_certificate_of_the_host_by_a_trusted_authority_is_accepted(authority, trusted):
    assert await send(authority.issue_cert("customer.test")) == Delivered(http_status=200)


@pytest.mark.parametrize("fragment", ["", "#verify=n", "#insecure", "#ssl=false&tls=off", "#rc=1&verify=n", "#sni=n"])
async def test_a_certificate_by_nobody_known_is_refused(authority, fragment):
    outcome = await send(authority.issue_cert("customer.test"), fragment)
    assert (outcome.failure, outcome.error_code) == (Failure.CONNECTION, 11220)


@pytest.mark.parametrize("fragment", ["", "#verify=n", "#insecure"])
async def test_a_certificate_of_another_host_is_refused(authority, trusted, fragment):
    outcome = await send(authority.issue_cert("other.test"), fragment)
    assert (outcome.failure, outcome.error_code) == (Failure.CONNECTION, 11220)
    assert "no TLS connection" in outcome.error


async def test_a_certificate_that_is_over_is_refused(authority, trusted):
    outcome = await send(authority.issue_cert("customer.test", not_after=LONG_AGO, not_before=LONG_AGO))
    assert (outcome.failure, outcome.error_code) == (Failure.CONNECTION, 11220)
