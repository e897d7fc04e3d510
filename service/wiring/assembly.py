"""The service, assembled from its parts."""

import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from service.api.services import Services
from service.application.accounts import Accounts
from service.application.handler import CommandHandler
from service.application.idempotency import EFFECT, IDEMPOTENCY_KEYS, IdempotencyKeys
from service.application.links import Links
from service.application.transcriptions import Transcriptions
from service.callbacks.dispatcher import Dispatcher
from service.callbacks.enqueue import EFFECT as PLAN_DELIVERIES
from service.callbacks.enqueue import plan_deliveries
from service.callbacks.sender import Sender
from service.callbacks.session import open_session
from service.eventstore.store import EventStore, PostgresEventStore
from service.media.folder import folder_id
from service.media.secrecy.sealing import DESTROYED, destroyed_keys
from service.media.secrecy.sealing import EFFECT as DESTROY_KEYS
from service.media.storing.copies import EFFECT as PLAN_ERASURES
from service.media.storing.copies import ERASURES
from service.postgres.pool import open_pool
from service.projections.recordings import PROJECTION, Recordings
from service.projections.upkeep import Upkeep
from service.projections.usage import Usage
from service.retention.purge import Purge
from service.settings import Settings
from service.transcription.owed import EFFECT as OWE_TRANSCRIPTIONS
from service.transcription.owed import INSERT_JOBS, OwingTranscriptions
from service.wiring.sound import Place, Sound, sound


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The assembled service: what answers requests, and its background loops."""

    services: Services
    sound: Sound
    purge: Purge
    upkeep: Upkeep
    dispatcher: Dispatcher


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def service(settings: Settings, dsn: str, place: Place) -> AsyncIterator[Service]:
    async with (
        await open_pool(dsn, max_size=settings.database_connections) as pool,
        open_session(settings.callback_allowed_networks, settings.callback_allowed_ports) as session,
    ):
        accounts, handler = Accounts(pool, time.monotonic), _handler(pool, settings)
        heard = sound(settings, place, pool, handler, accounts, now)
        dispatcher = Dispatcher(dsn, Sender(session), clock=time.monotonic, jitter=random.random)
        handler.listeners.append(dispatcher.on_event)
        services = Services(
            pool=pool,
            accounts=accounts,
            handler=handler,
            switchboard=heard.switchboard,
            recordings=Recordings(pool),
            usage=Usage(pool),
            idempotency_keys=IdempotencyKeys(pool),
            transcriptions=Transcriptions(pool),
            links=Links(pool),
            streams=heard.streams,
            finisher=heard.finisher,
            eraser=heard.eraser,
            homes=heard.homes,
            store=heard.store,
            sealing=heard.sealing,
            data_dir=settings.data_dir.absolute(),
            now=now,
            **settings.model_dump(include={"public_url", "trusted_proxies", "stream_idle_seconds"}),
        )
        yield Service(services=services, sound=heard, purge=Purge(pool), upkeep=Upkeep(pool), dispatcher=dispatcher)


def _handler(pool: asyncpg.Pool, settings: Settings) -> CommandHandler:
    effects = {EFFECT: IDEMPOTENCY_KEYS, "deliveries": PLAN_DELIVERIES, ERASURES: PLAN_ERASURES}
    effects |= {OWE_TRANSCRIPTIONS: INSERT_JOBS, DESTROYED: DESTROY_KEYS}
    store: EventStore = PostgresEventStore(pool, projection=PROJECTION, effects=effects)
    if settings.transcription_model:
        store = OwingTranscriptions(store, folder_id(settings.data_dir))
    handler = CommandHandler(store, plan_deliveries)
    handler.plans[DESTROYED] = destroyed_keys
    return handler
