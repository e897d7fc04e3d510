"""Callbacks of every shape, sent for real: what their receivers saw, for Twilio's validators to judge."""

import socket
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import product
from urllib.parse import urlencode

import aiohttp
import trustme
from aiohttp import web
from aiohttp.abc import AbstractResolver

from receiver import Received, Receiver, receiver
from service.callbacks.nameless import nameless_context
from service.callbacks.outcome import Delivered
from service.callbacks.sender import Notice, Sender
from service.callbacks.signature import Keys

TOKEN = "12345"
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEYS = Keys(auth_token=TOKEN, webhook_secret=WEBHOOK_SECRET)
IDEMPOTENCY_TOKEN = "5f0c1d2e-0000-5000-8000-000000000001"
FIELDS = {
    "RecordingStatus": "completed",
    "Recording": "sorts before the longer name",
    "Recording1": "and before this",
    "RecordingStartTime": "Tue, 24 Mar 2026 18:15:40 +0000",
    "EncryptionDetails": '{"type":"rsa-aes","iv":"8I2hhNIYNTrwxfHk=="}',
    "Special": "ż ó€\U0001f4de &=?#/\\+%2B%zz;'\"<>~\t\r\n",
    "Empty": "",
}
PORTS = {"http": ("", ":80", ":8443"), "https": ("", ":443", ":8443")}
HOSTS = ("", "user:p%40ss@", "A.")
"""Nothing special, userinfo, and a name in capitals: its receiver sees small letters, as every client sends them."""
PATHS = (
    "",
    "?a=b",
    "/cb",
    "/cb?",
    "/cb?x=1&y=2",
    "/cb?y=%7E%20z%2b%C5%BC&%20=",
    "/cb?q=a+b&r=1,2;3",
    "/cb?a=2&a=1&a=2",
    "/ż/{x}?q=ł €&r='\"|^",
    "/a%2Fb/./../c;p=1/(x)*!$@:?x=http://other.example/?y",
)
FRAGMENTS = ("", "#rc=2&rp=all&sni=n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    scheme: str
    port: str
    special: str
    path: str
    fragment: str
    method: str

    @property
    def host(self) -> str:
        name = "plain.example" if self.scheme == "http" else "secure.example"
        return self.special + name if self.special == "A." else name

    @property
    def userinfo(self) -> str:
        return self.special if self.special.endswith("@") else ""

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.userinfo}{self.host}{self.port}{self.path}{self.fragment}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One request as it arrived. `urls`: every spelling by which its receiver may know it."""

    case: Case
    urls: tuple[str, ...]
    fields: dict[str, str]
    signature: str

    @classmethod
    def of(cls, case: Case, received: Received) -> "Capture":
        host, asked = case.host.lower(), received.url.partition("://")[2].partition("/")[2]
        urls = {received.url, f"{case.scheme}://{host}{case.port}/{asked}"}
        if case.scheme == "https":  # what stands behind a proxy sees no port, or a port of its own
            urls |= {f"https://{host}{port}/{asked}" for port in ("", ":9443")}
        signature = received.headers["X-Twilio-Signature"]
        return cls(case=case, urls=tuple(sorted(urls)), fields=received.fields, signature=signature)

    def document(self) -> dict[str, object]:
        """Return what a validator in another language needs."""
        return {"urls": self.urls, "fields": self.fields, "signature": self.signature}


def cases() -> Iterator[Case]:
    for scheme, special, path, fragment, method in product(PORTS, HOSTS, PATHS, FRAGMENTS, ("GET", "POST")):
        for port in PORTS[scheme]:
            yield Case(scheme=scheme, port=port, special=special, path=path, fragment=fragment, method=method)


class _ToReceivers(AbstractResolver):
    """Every name leads to the receiver of its scheme, whatever the port: so the standard ports need no privilege."""

    def __init__(self, ports: dict[str, int]) -> None:
        self.ports = ports

    async def resolve(self, host, port=0, family=socket.AF_INET):  # noqa: ARG002 - as the client calls it
        to = self.ports["https" if "secure" in host else "http"]
        return [{"hostname": host, "host": "127.0.0.1", "port": to, "family": socket.AF_INET, "proto": 0, "flags": 0}]

    async def close(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Place:
    """Receivers over http and https, and a sender that trusts the second: `names` are those its clients told."""

    sender: Sender
    receivers: dict[str, Receiver]
    names: list[str | None]


@asynccontextmanager
async def place(*names: str) -> AsyncIterator[Place]:
    """Give the https receiver a certificate of `names`."""
    authority = trustme.CA()
    certified = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*names).configure_cert(certified)
    told: list[str | None] = []
    certified.sni_callback = lambda _socket, name, _context: told.append(name)
    trusting, nameless = ssl.create_default_context(), nameless_context.__wrapped__()
    authority.configure_trust(trusting)
    authority.configure_trust(nameless)
    async with receiver() as plain, receiver(certified) as secure:
        receivers = {"http": plain, "https": secure}
        resolver = _ToReceivers({scheme: one.port for scheme, one in receivers.items()})
        connector = aiohttp.TCPConnector(resolver=resolver, ssl=trusting)
        async with aiohttp.ClientSession(connector=connector, skip_auto_headers=("Accept-Encoding",)) as session:
            yield Place(Sender(session, now=time.time, nameless=lambda: nameless), receivers, told)


async def captured() -> list[Capture]:
    """Send every case; whoever has a password is asked for it, so that both requests are seen."""
    found: list[Capture] = []
    async with place("secure.example", "a.secure.example") as there:
        for case in cases():
            customer = there.receivers[case.scheme]
            customer.received.clear()
            customer.answer = _asking if case.userinfo else lambda _: web.Response()
            notice = Notice(
                url=case.url, method=case.method, parameters=urlencode(FIELDS), idempotency_token=IDEMPOTENCY_TOKEN
            )
            outcome = await there.sender.send(notice, KEYS)
            assert outcome == Delivered(http_status=200), (case.url, outcome)
            assert len(customer.received) == (2 if case.userinfo else 1), case.url
            found += [Capture.of(case, received) for received in customer.received]
    return found


def _asking(received: Received) -> web.Response:
    if received.headers.get("Authorization"):
        return web.Response()
    return web.Response(status=401, headers={"WWW-Authenticate": 'Digest realm="a, b", nonce="n", qop="auth,auth-int"'})
