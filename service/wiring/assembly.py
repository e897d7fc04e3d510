"""The service itself, assembled and running."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import asyncpg
import structlog
from aiohttp import web

from service.api.app import build_app
from service.api.services import Services
from service.application.accounts import Account, Accounts
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
from service.postgres.pool import DATABASE_LOST, open_pool
from service.projections.recordings import PROJECTION, Recordings
from service.retention.purge import Purge
from service.settings import Settings
from service.wiring.port import LONGEST_REQUEST_SECONDS, ServiceRefused, close_port, open_port

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The assembled service: what answers requests, and its background loops."""

    services: Services
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
            trusted_proxies=settings.trusted_proxies,
        )
        yield Service(services=services, purge=Purge(pool), dispatcher=dispatcher)


async def serve(settings: Settings, ready: asyncio.Future[Ready]) -> None:
    """Serve until cancelled; `ready` is set when the port answers. What is under way at the end is finished."""
    async with service(settings) as assembled:
        services = assembled.services
        await tidy(services.pool, services.store, services.data_dir)
        await services.recorder.recover()
        runner = web.AppRunner(build_app(services), access_log=None, shutdown_timeout=LONGEST_REQUEST_SECONDS)
        url = await open_port(runner, settings.host, settings.port)
        async with asyncio.TaskGroup() as loops:
            background = [
                loops.create_task(assembled.purge.run()),
                loops.create_task(_sweep(services.switchboard, settings.reattach_seconds)),
                loops.create_task(services.recorder.run()),
                loops.create_task(services.finisher.run()),
            ]
            loops.create_task(assembled.dispatcher.run())
            try:
                ready.set_result(Ready(url=url, first_account=await _first_account(services.accounts)))
                await asyncio.Event().wait()
            finally:
                await close_port(runner)
                for loop in background:
                    loop.cancel()
                await services.finisher.drain()
                await assembled.dispatcher.drain()


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
