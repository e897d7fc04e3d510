"""What the doors do with requests that come to nothing."""

import asyncio

from aiohttp import web
from structlog.testing import capture_logs

from service.api.doors import in_words
from service.api.services import REQUEST_ID


async def _log_of(answer, *, body):
    """Return what was logged for a request that announces ten bytes, sends `body` and closes the connection."""
    arrived, done = asyncio.Event(), asyncio.Event()

    @web.middleware
    async def outermost(request, handler):
        request[REQUEST_ID] = "RQ" + "0" * 32
        arrived.set()
        try:
            return await handler(request)
        finally:
            done.set()

    app = web.Application(middlewares=[outermost, in_words])
    app.router.add_post("/2010-04-01/any.json", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    with capture_logs() as logged:
        _, writer = await asyncio.open_connection(*runner.addresses[0])
        writer.write(b"POST /2010-04-01/any.json HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n" + body)
        await asyncio.wait_for(arrived.wait(), 5)
        writer.close()
        await asyncio.wait_for(done.wait(), 5)
    await runner.cleanup()
    return [entry["event"] for entry in logged]


async def test_a_client_that_leaves_before_its_body_is_complete_is_no_failure():
    async def reads(request):
        await request.read()

    assert await _log_of(reads, body=b"Status") == []


async def test_a_reset_connection_behind_the_service_is_a_failure():
    async def asks_a_database(_request):
        raise ConnectionResetError

    assert await _log_of(asks_a_database, body=b"0123456789") == ["request.failed"]
