"""The live log is for who may read it now, not for who could when it was opened."""

from types import SimpleNamespace

import pytest
from aiohttp import encode_basic_auth, web
from aiohttp.test_utils import TestClient, TestServer

from facts import AC
from service.api.services import REQUEST_ID, SERVICES
from service.api.v1 import event_stream
from service.application.accounts import Caller
from service.application.metadata import Actor

KEY = {"Authorization": encode_basic_auth("SK1", "secret")}


class Log:
    """Of which three heartbeats are heard, and then the key is revoked."""

    def __init__(self) -> None:
        self.is_revoked = False

    async def end(self, _):
        return 0

    async def keys(self, *_):
        return {}

    async def authenticate(self, user, _):
        return None if self.is_revoked else Caller(account_sid=AC, actor=Actor(sid=user, role="auditor"))

    async def follow(self, *_):
        for number in range(1, 100):
            self.is_revoked = number > 3
            yield number, ()


@pytest.fixture
async def client():
    @web.middleware
    async def named(request, handler):
        request[REQUEST_ID] = "RQ1"
        return await handler(request)

    app, log = web.Application(middlewares=[named]), Log()
    app[SERVICES] = SimpleNamespace(accounts=log, events=log, subscriptions=log)
    app[event_stream.READERS] = set()
    app.add_routes(event_stream.ROUTES)
    async with TestClient(TestServer(app)) as opened:
        yield opened


async def test_a_stream_ends_when_its_key_is_revoked(client):
    answer = await client.get(f"/v1/Accounts/{AC}/Events/Stream", headers=KEY)
    assert (answer.status, (await answer.text()).count("heartbeat")) == (200, 3)
