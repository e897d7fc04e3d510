"""The service running: its port, its background loops, and an end that loses nothing."""

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass

import structlog
from aiohttp import web

from service.api.app import build_app
from service.api.services import UNDER_WAY
from service.api.v1.streams import close_all
from service.application.accounts import Account, Accounts
from service.application.switchboard import Switchboard
from service.media.tidy import tidy
from service.postgres.pool import DATABASE_LOST
from service.settings import Settings
from service.wiring.assembly import service
from service.wiring.server import ServiceRefused

LONGEST_REQUEST_SECONDS = 20.0
"""How long requests under way may take to be answered when the service is told to stop."""
BODY_POLL_SECONDS = 0.05
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """`first_account` is there when it was made just now, so that its token can be shown."""

    url: str
    first_account: Account | None


async def serve(settings: Settings, ready: asyncio.Future[Ready]) -> None:
    """Serve until cancelled; `ready` is set when the port answers. What is under way at the end is finished."""
    async with service(settings) as assembled:
        services = assembled.services
        await tidy(services.pool, services.store, services.data_dir)
        await services.streams.recover()
        services.finisher.recover(services.data_dir)
        runner = web.AppRunner(build_app(services), access_log=None, shutdown_timeout=LONGEST_REQUEST_SECONDS)
        url = await _open_port(runner, settings)
        async with asyncio.TaskGroup() as loops:
            background = [
                loops.create_task(assembled.purge.run()),
                loops.create_task(_sweep(services.switchboard, settings.reattach_seconds)),
                loops.create_task(services.streams.run()),
                loops.create_task(assembled.recorder.run()),
                loops.create_task(services.finisher.run()),
                loops.create_task(services.eraser.run()),
            ]
            loops.create_task(assembled.dispatcher.run())
            try:
                ready.set_result(Ready(url=url, first_account=await _first_account(services.accounts)))
                await asyncio.Event().wait()
            finally:
                await _close_port(runner)
                for loop in background:
                    loop.cancel()
                await services.finisher.drain()
                await services.eraser.drain()
                await assembled.dispatcher.drain()


async def _open_port(runner: web.AppRunner, settings: Settings) -> str:
    """Answer at the port; return the URL, which names the port that was free when any was asked for."""
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
    except OSError as error:
        await runner.cleanup()
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise ServiceRefused(
            f"nothing can be served at {settings.host}, port {settings.port}: {reason}; choose another --host or --port"
        ) from error
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{runner.addresses[0][1]}"


async def _close_port(runner: web.AppRunner) -> None:
    """Take no more connections, and answer what was asked: bodies arrive first, as the web server drops late ones."""
    for site in list(runner.sites):
        await site.stop()
    await close_all(runner.app)
    under_way = runner.app[UNDER_WAY]
    with suppress(TimeoutError):
        async with asyncio.timeout(LONGEST_REQUEST_SECONDS):
            while not all(request.content.is_eof() for request in under_way.values()):  # noqa: ASYNC110 - no event tells of a body
                await asyncio.sleep(BODY_POLL_SECONDS)
    await runner.cleanup()


async def _first_account(known: Accounts) -> Account | None:
    """Make an account when there is none yet; return it that once."""
    if await known.all():
        return None
    return await known.create(sid=None, auth_token=None, friendly_name="First account")


async def _sweep(switchboard: Switchboard, reattach_seconds: float) -> None:
    while True:
        try:
            await switchboard.sweep(reattach_seconds)
        except DATABASE_LOST as error:
            _log.warning("sweep.failed", error=str(error))
        except Exception:  # noqa: BLE001 - it is logged, and the next sweep tries again
            _log.exception("sweep.failed")
        await asyncio.sleep(1)
