"""What the processes of one service ask each other, at a socket that only their own user can open."""

import asyncio
from contextlib import suppress
from dataclasses import asdict

import structlog
from aiohttp import web

from service.api.services import SERVICES, Services
from service.media.capturing.peers import HOLD_PATH, LONGEST_HOLD_SECONDS
from service.postgres.pool import DATABASE_LOST

AGAIN_SECONDS = 0.2
log = structlog.get_logger()


async def hold(request: web.Request) -> web.WebSocketResponse:
    """Hold a conversation's audio for as long as the socket is open; then learn what was decided, and let go."""
    socket, services = web.WebSocketResponse(), request.app[SERVICES]
    await socket.prepare(request)
    with services.homes.hold_here(request.query["account"], request.query["conversation"]) as held:
        await socket.send_json(asdict(held))
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_HOLD_SECONDS):
                await socket.receive()
                if held.is_heard:
                    await _catch_up(services)
    return socket


async def _catch_up(services: Services) -> None:
    """Learn of the other process's events before its hold ends: a pause must cut before the frames after it go on."""
    while True:
        try:
            await services.streams.catch_up()
        except DATABASE_LOST as error:
            log.warning("hold.not_caught_up", error=str(error))
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            return


def build_peer_app(services: Services) -> web.Application:
    app = web.Application()
    app[SERVICES] = services
    app.router.add_get(HOLD_PATH, hold)
    return app
