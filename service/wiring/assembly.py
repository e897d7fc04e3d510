"""The service itself, assembled and running."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from service.api.app import build_app
from service.api.services import Services
from service.application.accounts import Accounts
from service.application.conversations import Conversations
from service.application.handler import CommandHandler
from service.application.idempotency import EFFECT, IDEMPOTENCY_KEYS, IdempotencyKeys
from service.application.switchboard import Switchboard
from service.application.transcriptions import Transcriptions
from service.callbacks.dispatcher import Dispatcher
from service.callbacks.enqueue import EFFECT as PLAN_DELIVERIES
from service.callbacks.enqueue import plan_deliveries
from service.callbacks.sender import Sender, open_session
from service.eventstore.store import PostgresEventStore
from service.media.finisher import Finisher
from service.media.live import LiveAudio
from service.media.recorder import Recorder
from service.media.spool import Spool
from service.media.store import LocalStore
from service.media.tidy import tidy
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
    async with (
        database(settings) as dsn,
        await open_pool(dsn, max_size=settings.database_connections) as pool,
        open_session(settings.callback_allowed_networks) as session,
    ):
        accounts, conversations = Accounts(pool, time.monotonic), Conversations(pool)
        dispatcher = Dispatcher(pool, Sender(session), signing_key=accounts.signing_key, jitter=random.random)
        effects = {EFFECT: IDEMPOTENCY_KEYS, "deliveries": PLAN_DELIVERIES}
        handler = CommandHandler(PostgresEventStore(pool, projection=PROJECTION, effects=effects), plan_deliveries)
        data_dir = settings.data_dir.absolute()
        live, store = LiveAudio(partial(Spool, data_dir)), LocalStore(data_dir)
        handler.listeners += [live.follow, dispatcher.on_event]
        finisher = Finisher(
            *(pool, handler, accounts, live, store, data_dir),
            upload_wait=settings.upload_wait_seconds,
            clock=time.monotonic,
            now=now,
        )
        accept = settings.unknown_calls == "accept"
        services = Services(
            pool=pool,
            accounts=accounts,
            handler=handler,
            switchboard=Switchboard(conversations, handler, live, now, accept_unknown=accept),
            recordings=Recordings(pool),
            idempotency_keys=IdempotencyKeys(pool),
            transcriptions=Transcriptions(pool),
            recorder=Recorder(live, conversations, handler, time.monotonic, now, when_captured=finisher.wake),
            finisher=finisher,
            store=store,
            data_dir=data_dir,
            now=now,
            public_url=settings.public_url,
        )
        yield Service(services=services, purge=Purge(pool), dispatcher=dispatcher)


async def serve(settings: Settings, ready: asyncio.Event) -> None:
    """Serve until cancelled; `ready` is set when the port answers."""
    from aiohttp import web  # noqa: PLC0415 - the other verbs do without a web server

    async with service(settings) as assembled, asyncio.TaskGroup() as loops:
        services = assembled.services
        await tidy(services.pool, services.store, services.data_dir)
        await services.recorder.recover()
        runner = web.AppRunner(build_app(services), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, settings.host, settings.port).start()
        background = [
            loops.create_task(assembled.purge.run()),
            loops.create_task(_sweep(services.switchboard, settings.reattach_seconds)),
            loops.create_task(services.recorder.run()),
            loops.create_task(services.finisher.run()),
        ]
        loops.create_task(assembled.dispatcher.run())
        ready.set()
        try:
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()
            for loop in background:
                loop.cancel()
            await services.finisher.drain()
            await assembled.dispatcher.drain()


async def _sweep(switchboard: Switchboard, reattach_seconds: float) -> None:
    while True:
        await switchboard.sweep(reattach_seconds)
        await asyncio.sleep(1)
