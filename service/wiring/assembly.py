"""The service itself, assembled and running."""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
import structlog
from aiohttp import web

from service.api.app import build_app
from service.api.services import UNDER_WAY, Services
from service.application.accounts import Account, Accounts
from service.application.conversations import Conversations
from service.application.handler import CommandHandler
from service.application.idempotency import EFFECT, IDEMPOTENCY_KEYS, IdempotencyKeys
from service.application.switchboard import Switchboard
from service.callbacks.dispatcher import Dispatcher
from service.callbacks.enqueue import EFFECT as PLAN_DELIVERIES
from service.callbacks.enqueue import plan_deliveries
from service.callbacks.sender import Sender, open_session
from service.eventstore.store import PostgresEventStore
from service.postgres.embedded import EmbeddedServer, running_dsn
from service.postgres.migrate import migrate
from service.postgres.pool import DATABASE_LOST, open_pool
from service.projections.recordings import PROJECTION, Recordings
from service.retention.purge import Purge
from service.settings import Settings

_log = structlog.get_logger()
LONGEST_REQUEST_SECONDS = 20.0
"""How long requests under way may take to be answered when the service is told to stop."""


BODY_POLL_SECONDS = 0.05


class ServiceRefused(Exception):  # noqa: N818 - an answer to the operator, in one sentence
    """The service cannot run as asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The assembled service: what answers requests, and its background loops."""

    services: Services
    switchboard: Switchboard
    purge: Purge
    dispatcher: Dispatcher


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """`first_account` is there when it was made just now, so that its token can be shown."""

    url: str
    first_account: Account | None


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def server(settings: Settings, *, own: bool = False) -> AsyncIterator[str]:
    """Yield the DSN of the database named, of the one running in `data_dir` unless `own`, or of one started here."""
    async with AsyncExitStack() as stack:
        dsn = settings.database_url or (None if own else running_dsn(settings.data_dir))
        if settings.database_url:
            await _try(settings.database_url)
        if not dsn:
            embedded = EmbeddedServer(settings.data_dir)
            starting = asyncio.ensure_future(asyncio.to_thread(embedded.start))
            stack.push_async_callback(_stop, embedded, starting)
            dsn = await asyncio.shield(starting)
        yield dsn


async def _try(dsn: str) -> None:
    """Connect once, so that what is wrong with the URL or the way there is said in a sentence."""
    try:
        connection = await asyncpg.connect(dsn, timeout=10)
        await connection.close()
    except (OSError, ValueError, asyncpg.PostgresError) as error:
        reason = str(error) or "it does not answer"
        raise ServiceRefused(f"the database of --database-url cannot be used: {reason}") from error


async def _stop(embedded: EmbeddedServer, starting: asyncio.Future[str]) -> None:
    """Stop the server, also when told to while it starts: a thread cannot be called back."""
    await asyncio.wait({starting})
    await asyncio.to_thread(embedded.stop)


@asynccontextmanager
async def database(settings: Settings, *, own: bool = False) -> AsyncIterator[str]:
    async with server(settings, own=own) as dsn:
        await migrate(dsn)
        yield dsn


@asynccontextmanager
async def service(settings: Settings) -> AsyncIterator[Service]:
    async with (
        database(settings, own=True) as dsn,
        await open_pool(dsn, max_size=settings.database_connections) as pool,
    ):
        store = PostgresEventStore(
            pool, projection=PROJECTION, effects={EFFECT: IDEMPOTENCY_KEYS, "deliveries": PLAN_DELIVERIES}
        )
        handler = CommandHandler(store, plan_deliveries)
        known = Accounts(pool, time.monotonic)
        accept = settings.unknown_calls == "accept"
        switchboard = Switchboard(Conversations(pool), handler, now, accept_unknown=accept)
        services = Services(
            pool=pool,
            accounts=known,
            handler=handler,
            switchboard=switchboard,
            recordings=Recordings(pool),
            idempotency_keys=IdempotencyKeys(pool),
            now=now,
            public_url=settings.public_url,
            trusted_proxies=settings.trusted_proxies,
        )
        async with open_session(settings.callback_allowed_networks) as session:
            sender = Sender(session)
            dispatcher = Dispatcher(pool, sender, signing_key=known.signing_key, jitter=random.random)
            handler.listeners.append(lambda *_: dispatcher.wake())
            yield Service(services=services, switchboard=switchboard, purge=Purge(pool), dispatcher=dispatcher)


async def serve(settings: Settings, ready: asyncio.Future[Ready]) -> None:
    """Serve until cancelled; `ready` is set when the port answers. What is under way at the end is finished."""
    async with service(settings) as assembled:
        runner = web.AppRunner(build_app(assembled.services), access_log=None, shutdown_timeout=LONGEST_REQUEST_SECONDS)
        url = await _open_port(runner, settings)
        async with asyncio.TaskGroup() as loops:
            background = [
                loops.create_task(assembled.purge.run()),
                loops.create_task(_sweep(assembled.switchboard, settings.reattach_seconds)),
            ]
            loops.create_task(assembled.dispatcher.run())
            try:
                ready.set_result(Ready(url=url, first_account=await _first_account(assembled.services.accounts)))
                await asyncio.Event().wait()
            finally:
                for loop in background:
                    loop.cancel()
                await _close_port(runner)
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
        await asyncio.sleep(1)
