"""The customer's side: Twilio's own client library, and a server that waits to be called back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from twilio.request_validator import RequestValidator
from twilio.rest import Client


@dataclass(slots=True)
class Callback:
    """The form of the callback that came, and whether Twilio's own validator accepts its signature."""

    url: str = ""
    form: dict[str, str] = field(default_factory=dict)
    is_signed: bool = False
    came: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def waiting_for_callback(auth_token: str) -> AsyncIterator[Callback]:
    callback = Callback()

    async def take(request: web.Request) -> web.Response:
        callback.form = {name: str(value) for name, value in (await request.post()).items()}
        validator = RequestValidator(auth_token)
        callback.is_signed = validator.validate(callback.url, callback.form, request.headers["X-Twilio-Signature"])
        callback.came.set()
        return web.Response(status=204)

    app = web.Application()
    app.add_routes([web.post("/recordings", take)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    callback.url = f"http://127.0.0.1:{runner.addresses[0][1]}/recordings"
    try:
        yield callback
    finally:
        await runner.cleanup()


def twilio_client(url: str, account_sid: str, auth_token: str) -> Any:  # noqa: ANN401 - Twilio's library has no types
    client = Client(account_sid, auth_token)
    client.api.base_url = url
    return client
