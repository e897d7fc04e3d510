"""One process that serves: its port, its background loops, and an end that loses nothing."""

import asyncio
import gc
import os
import resource
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import partial

from aiohttp import web

from service.api.app import build_app
from service.api.peer import build_peer_app
from service.api.services import SERVICES, UNDER_WAY, Services
from service.api.v1.streams import close_all
from service.application.repeating import repeat
from service.callbacks.giving_up import GivingUp
from service.media.capturing.peers import socket_path, stream_socket_path
from service.media.tidy import tidy
from service.retention.partitions import Partitions
from service.settings import Settings
from service.wiring.assembly import Service, service
from service.wiring.server import ServiceRefused
from service.wiring.sound import Place
from service.wiring.transcribing import transcriber

LONGEST_REQUEST_SECONDS = 20.0
"""How long requests under way may take to be answered when the service is told to stop."""
LONGEST_HOLD = 2.0
"""How long another process may go on holding audio here after that."""
BODY_POLL_SECONDS = 0.05
SWEEP_SECONDS = 1.0


async def serve_one(settings: Settings, dsn: str, place: Place, answering: asyncio.Future[str]) -> None:
    """Serve until cancelled; `answering` is set to the URL. What is under way at the end is finished."""
    async with service(settings, dsn, place) as assembled:
        services = assembled.services
        if place.is_first:
            await tidy(services.pool, services.store, services.data_dir)
            services.finisher.recover(services.data_dir)
        runner = web.AppRunner(build_app(services), access_log=None, shutdown_timeout=LONGEST_REQUEST_SECONDS)
        peers = web.AppRunner(build_peer_app(services), access_log=None, shutdown_timeout=LONGEST_HOLD)
        await runner.setup()
        if not place.is_alone:
            # First of all: a stream that comes back must not find nobody at home.
            await _answer_peers(runner, peers, services)
        await services.streams.recover()
        url = await _open_port(runner, settings, together=len(place.names) > 1)
        await _run(assembled, settings, place, lambda: answering.set_result(url), partial(_close_ports, runner, peers))


async def _run(
    assembled: Service,
    settings: Settings,
    place: Place,
    answers: Callable[[], None],
    close: Callable[[], Awaitable[None]],
) -> None:
    """Run the loops until cancelled; then close the ports, and finish what is under way."""
    services = assembled.services
    async with asyncio.TaskGroup() as loops:
        background = [loops.create_task(loop) for loop in _background(assembled, settings)]
        if settings.transcription_model and place.finishes:
            background.append(loops.create_task(transcriber(settings, services).run()))
        loops.create_task(assembled.dispatcher.run())
        try:
            spare_collector()
            _open_more_files()
            answers()
            await asyncio.Event().wait()
        finally:
            await close()
            for loop in background:
                loop.cancel()
            await services.finisher.drain()
            await services.eraser.drain()
            await assembled.dispatcher.drain()


def _background(assembled: Service, settings: Settings) -> list[Coroutine[None, None, None]]:
    """Return the loops that end with the port, first to last."""
    services = assembled.services
    return [
        assembled.purge.run(),
        assembled.upkeep.run(),
        Partitions(services.pool).run(),
        GivingUp(services.pool).run(),
        assembled.sealer.run(),
        assembled.expiry.run(),
        repeat(partial(services.switchboard.sweep, settings.reattach_seconds), SWEEP_SECONDS, failed="sweep.failed"),
        services.streams.run(),
        services.subscriptions.run(),
        assembled.sound.recorder.run(),
        assembled.sound.damages.run(),
        services.finisher.run(),
        services.eraser.run(),
        assembled.meters.run(assembled.dispatcher.hosts_paused),
    ]


def spare_collector() -> None:
    """Keep the garbage collector off what stays, and rare: it took a third of the time of live streams."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


async def _answer_peers(runner: web.AppRunner, peers: web.AppRunner, services: Services) -> None:
    """Answer the other processes: their holds at one socket, the streams they hand over at the other."""
    await peers.setup()
    for at, path in ((peers, socket_path(services.homes.own)), (runner, stream_socket_path(services.homes.own))):
        path.unlink(missing_ok=True)
        await web.UnixSite(at, path).start()


async def _open_port(runner: web.AppRunner, settings: Settings, *, together: bool) -> str:
    """Answer at the port; return the URL, which names the port that was free when any was asked for."""
    try:
        await web.TCPSite(runner, settings.host, settings.port, reuse_port=together or None).start()
    except OSError as error:
        await runner.cleanup()
        raise not_served(settings, error) from error
    # The last that was opened: a socket for the other processes may have been first.
    return url_of(settings.host, runner.addresses[-1][1])


def url_of(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def not_served(settings: Settings, error: OSError) -> ServiceRefused:
    reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
    where = f"nothing can be served at {settings.host}, port {settings.port}"
    return ServiceRefused(f"{where}: {reason}; choose another --host or --port")


async def _close_ports(runner: web.AppRunner, peers: web.AppRunner) -> None:
    await _close_port(runner)
    await peers.cleanup()


async def _close_port(runner: web.AppRunner) -> None:
    """Take no more connections, and answer what was asked: bodies arrive first, as the web server drops late ones."""
    for site in list(runner.sites):
        await site.stop()
    await close_all(runner.app)
    runner.app[SERVICES].subscriptions.close()
    under_way = runner.app[UNDER_WAY]
    with suppress(TimeoutError):
        async with asyncio.timeout(LONGEST_REQUEST_SECONDS):
            while not all(request.content.is_eof() for request in under_way.values()):  # noqa: ASYNC110 - no event tells of a body
                await asyncio.sleep(BODY_POLL_SECONDS)
    await runner.cleanup()


def _open_more_files() -> None:
    """Take as many descriptors as there may be: each stream needs one, and each of its recordings another."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
