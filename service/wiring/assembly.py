"""The service, assembled from its parts."""

import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import asyncpg
from aiohttp import ClientSession

from service.api.services import Services
from service.application.accounts import Accounts
from service.application.conversations import Conversations
from service.application.handler import CommandHandler
from service.application.idempotency import EFFECT, IDEMPOTENCY_KEYS, IdempotencyKeys
from service.application.public_keys import PublicKeys
from service.application.switchboard import Switchboard
from service.application.transcriptions import Transcriptions
from service.callbacks.dispatcher import Dispatcher
from service.callbacks.enqueue import EFFECT as PLAN_DELIVERIES
from service.callbacks.enqueue import plan_deliveries
from service.callbacks.sender import Sender, open_session
from service.eventstore.store import PostgresEventStore
from service.media.attempt import Attempts
from service.media.finish import Rules
from service.media.finisher import Finisher
from service.media.finishings import Finishings
from service.media.folder import folder_id
from service.media.keyring import Keyring
from service.media.live import LiveAudio
from service.media.recorder import Recorder
from service.media.sealing import Sealing
from service.media.spool import Spool
from service.media.store import LocalStore
from service.media.streams import Streams
from service.media.workers import Workers
from service.postgres.pool import open_pool
from service.projections.recordings import PROJECTION, Recordings
from service.retention.purge import Purge
from service.settings import Settings
from service.wiring.server import database


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The assembled service: what answers requests, and its background loops."""

    services: Services
    recorder: Recorder
    purge: Purge
    dispatcher: Dispatcher


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def service(settings: Settings) -> AsyncIterator[Service]:
    async with _connected(settings) as (pool, session):
        accounts, conversations = Accounts(pool, time.monotonic), Conversations(pool)
        data_dir, handler = settings.data_dir.absolute(), _handler(pool)
        live, store = LiveAudio(partial(Spool, data_dir)), LocalStore(data_dir)
        accept, sealing = settings.unknown_calls == "accept", Sealing(pool, Keyring(settings.sealing_keys), store)
        finisher = _finisher(settings, pool, handler, accounts, live, store, sealing)
        dispatcher = Dispatcher(pool, Sender(session), signing_key=accounts.signing_key, jitter=random.random)
        recorder = Recorder(live, time.monotonic, when_captured=finisher.add)
        handler.listeners += [live.follow, dispatcher.on_event]
        services = Services(
            pool=pool,
            accounts=accounts,
            handler=handler,
            switchboard=Switchboard(conversations, handler, live, now, accept_unknown=accept),
            recordings=Recordings(pool),
            idempotency_keys=IdempotencyKeys(pool),
            transcriptions=Transcriptions(pool),
            streams=Streams(live, conversations, handler, time.monotonic, now),
            finisher=finisher,
            store=store,
            sealing=sealing,
            data_dir=data_dir,
            now=now,
            **settings.model_dump(include={"public_url", "trusted_proxies"}),
        )
        yield Service(services=services, recorder=recorder, purge=Purge(pool), dispatcher=dispatcher)


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[tuple[asyncpg.Pool, ClientSession]]:
    async with (
        database(settings, own=True) as dsn,
        await open_pool(dsn, max_size=settings.database_connections) as pool,
        open_session(settings.callback_allowed_networks) as session,
    ):
        yield pool, session


def _finisher(
    settings: Settings,
    pool: asyncpg.Pool,
    handler: CommandHandler,
    accounts: Accounts,
    live: LiveAudio,
    store: LocalStore,
    sealing: Sealing,
) -> Finisher:
    rules = Rules(
        shortest=settings.shortest_recording_seconds,
        silent_below=settings.silent_below_dbfs,
        keep_silent=settings.silent_recordings == "keep",
    )
    data_dir, workers = settings.data_dir.absolute(), Workers(settings.finishing_processes)
    attempts = Attempts(handler, accounts, live, store, PublicKeys(pool), sealing, data_dir, workers, rules, now)
    return Finisher(Finishings(pool, folder_id(data_dir), settings.upload_wait_seconds), attempts, workers)


def _handler(pool: asyncpg.Pool) -> CommandHandler:
    effects = {EFFECT: IDEMPOTENCY_KEYS, "deliveries": PLAN_DELIVERIES}
    return CommandHandler(PostgresEventStore(pool, projection=PROJECTION, effects=effects), plan_deliveries)
