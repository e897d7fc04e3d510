"""The service itself, assembled and running."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from service.api.app import build_app
from service.api.services import Services
from service.application.accounts import Accounts
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
from service.postgres.pool import open_pool
from service.projections.recordings import PROJECTION, Recordings
from service.retention.purge import Purge
from service.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The assembled service: what answers requests, and its background loops."""

    services: Services
    switchboard: Switchboard
    purge: Purge
    dispatcher: Dispatcher


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def server(settings: Settings) -> AsyncIterator[str]:
    """Yield the DSN of the database named, of the one running in `data_dir`, or of one started here."""
    async with AsyncExitStack() as stack:
        dsn = settings.database_url or running_dsn(settings.data_dir)
        if not dsn:
            embedded = EmbeddedServer(settings.data_dir)
            dsn = await asyncio.to_thread(embedded.start)
            stack.push_async_callback(asyncio.to_thread, embedded.stop)
        yield dsn


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[str]:
    async with server(settings) as dsn:
        await migrate(dsn)
        yield dsn


@asynccontextmanager
async def service(settings: Settings) -> AsyncIterator[Service]:
    async with database(settings) as dsn, await open_pool(dsn, max_size=settings.database_connections) as pool:
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
        )
        async with open_session(settings.callback_allowed_networks) as session:
            sender = Sender(session)
            dispatcher = Dispatcher(pool, sender, signing_key=known.signing_key, jitter=random.random)
            handler.listeners.append(lambda *_: dispatcher.wake())
            yield Service(services=services, switchboard=switchboard, purge=Purge(pool), dispatcher=dispatcher)


async def serve(settings: Settings, ready: asyncio.Event) -> None:
    """Serve until cancelled; `ready` is set when the port answers."""
    from aiohttp import web  # noqa: PLC0415 - the other verbs do without a web server

    async with service(settings) as assembled, asyncio.TaskGroup() as loops:
        runner = web.AppRunner(build_app(assembled.services), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, settings.host, settings.port).start()
        background = [
            loops.create_task(assembled.purge.run()),
            loops.create_task(_sweep(assembled.switchboard, settings.reattach_seconds)),
        ]
        loops.create_task(assembled.dispatcher.run())
        ready.set()
        try:
            await asyncio.Event().wait()
        finally:
            for loop in background:
                loop.cancel()
            await runner.cleanup()
            await assembled.dispatcher.drain()


async def _sweep(switchboard: Switchboard, reattach_seconds: float) -> None:
    while True:
        await switchboard.sweep(reattach_seconds)
        await asyncio.sleep(1)
