"""A customer's server on loopback: keeps the requests it gets, and answers as it was told to."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from aiohttp import web
from multidict import CIMultiDictProxy


@dataclass(frozen=True)
class Received:
    method: str
    url: str
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def fields(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def token(self) -> str:
        return self.headers["I-Twilio-Idempotency-Token"]


@dataclass
class Receiver:
    """`answer` makes the response to a request; while `open` is cleared, requests wait."""

    scheme: str = "http"
    port: int = 0
    received: list[Received] = field(default_factory=list)
    answer: Callable[[Received], web.Response] = lambda _: web.Response(text="thanks")
    open: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    async def handle(self, request: web.BaseRequest) -> web.Response:
        url = f"{self.scheme}://{request.headers['Host']}{request.raw_path}"
        received = Received(request.method, url, request.headers, await request.read())
        self.received.append(received)
        self.arrived.set()
        await self.open.wait()
        return self.answer(received)


@asynccontextmanager
async def receiver(certified: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    one = Receiver("https" if certified else "http")
    one.open.set()
    runner = web.ServerRunner(web.Server(one.handle), shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=certified)
    await site.start()
    one.port = runner.addresses[0][1]
    yield one
    one.open.set()
    await runner.cleanup()
