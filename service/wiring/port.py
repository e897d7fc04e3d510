"""The port: taken or refused in a sentence, and closed when what was asked is answered."""

import asyncio
import os
from contextlib import suppress

from aiohttp import web

from service.api.services import UNDER_WAY

LONGEST_REQUEST_SECONDS = 20.0
"""How long requests under way may take to be answered when the service is told to stop."""
BODY_POLL_SECONDS = 0.05


class ServiceRefused(Exception):  # noqa: N818 - an answer to the operator, in one sentence
    """The service cannot run as asked."""


async def open_port(runner: web.AppRunner, host: str, port: int) -> str:
    """Answer at the port; return the URL, which names the port that was free when any was asked for."""
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise ServiceRefused(
            f"nothing can be served at {host}, port {port}: {reason}; choose another --host or --port"
        ) from error
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{runner.addresses[0][1]}"


async def close_port(runner: web.AppRunner) -> None:
    """Take no more connections, and answer what was asked: bodies arrive first, as the web server drops late ones."""
    for site in list(runner.sites):
        await site.stop()
    under_way = runner.app[UNDER_WAY]
    with suppress(TimeoutError):
        async with asyncio.timeout(LONGEST_REQUEST_SECONDS):
            while not all(request.content.is_eof() for request in under_way.values()):  # noqa: ASYNC110 - no event tells of a body
                await asyncio.sleep(BODY_POLL_SECONDS)
    await runner.cleanup()
