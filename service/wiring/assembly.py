"""The service, assembled from its parts."""

import os
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import asyncpg

from service.api.services import Services
from service.application.accounts import Accounts
from service.application.handler import CommandHandler
from service.application.holds import Holds
from service.application.idempotency import EFFECT, IDEMPOTENCY_KEYS, IdempotencyKeys
from service.application.links import Links
from service.application.policies import EFFECT as POLICIES
from service.application.policies import AccountPolicies
from service.application.stream_keys import EFFECT as KEEP_KEY
from service.application.stream_keys import STREAM_KEYS
from service.application.transcriptions import Transcriptions
from service.audit.events import Events
from service.audit.last_seal import LastSeal
from service.audit.proofs import Proofs
from service.audit.seals import Sealer
from service.audit.signing import SealKeys
from service.callbacks.dispatcher import Dispatcher
from service.callbacks.enqueue import EFFECT as PLAN_DELIVERIES
from service.callbacks.enqueue import plan_deliveries
from service.callbacks.history import Deliveries
from service.callbacks.sender import Sender
from service.callbacks.session import open_session
from service.eventstore.store import EventStore, PostgresEventStore
from service.eventstore.subscription import Subscriptions
from service.export.archived import Archived
from service.media.folder import folder_id
from service.media.secrecy.sealing import DESTROYED, destroyed_keys
from service.media.secrecy.sealing import EFFECT as DESTROY_KEYS
from service.media.storing.copies import EFFECT as PLAN_ERASURES
from service.media.storing.copies import ERASURES
from service.postgres.pool import open_pool
from service.projections.policies import EFFECT as PROJECT_POLICIES
from service.projections.recordings import PROJECTION, Recordings
from service.projections.upkeep import Upkeep
from service.projections.usage import Usage
from service.retention.expiry import Expiry
from service.retention.purge import Purge
from service.settings import Settings
from service.transcription.owed import EFFECT as OWE_TRANSCRIPTIONS
from service.transcription.owed import INSERT_JOBS, OwingTranscriptions
from service.wiring.metering import forget_pauses, open_meters
from service.wiring.sound import Place, Sound, sound

if TYPE_CHECKING:
    from service.wiring.meters import Meters


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The assembled service: what answers requests, and its background loops."""

    services: Services
    sound: Sound
    purge: Purge
    upkeep: Upkeep
    expiry: Expiry
    dispatcher: Dispatcher
    meters: "Meters"
    sealer: Sealer


SOUND = ("switchboard", "streams", "finisher", "eraser", "homes", "store", "sealing")


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def service(settings: Settings, dsn: str, place: Place) -> AsyncIterator[Service]:
    async with (
        await open_pool(dsn, max_size=settings.database_connections) as pool,
        open_session(settings.callback_allowed_networks, settings.callback_allowed_ports) as session,
    ):
        accounts, handler = Accounts(pool, time.monotonic), _handler(pool, settings)
        heard, meters = sound(settings, place, pool, handler, accounts, now), open_meters(settings, pool)
        sender, observe = Sender(session, now=time.time), meters.attempted
        dispatcher = Dispatcher(dsn, sender, clock=time.monotonic, jitter=random.random, observe=observe)
        handler.listeners.append(dispatcher.on_event)
        services = _services(settings, pool, accounts, handler, heard, dispatcher, meters)
        loops: dict[str, Any] = {
            "purge": Purge(pool, settings.delivery_history_days),
            "upkeep": Upkeep(pool),
            "expiry": Expiry(pool, handler, now),
            "sealer": _sealer(pool, settings),
        }
        try:
            yield Service(services=services, sound=heard, dispatcher=dispatcher, meters=meters, **loops)
        finally:
            meters.write()
            forget_pauses(settings, os.getpid())


def _services(
    settings: Settings,
    pool: asyncpg.Pool,
    accounts: Accounts,
    handler: CommandHandler,
    heard: Sound,
    dispatcher: Dispatcher,
    meters: "Meters",
) -> Services:
    return Services(
        pool=pool,
        accounts=accounts,
        handler=handler,
        redelivered=dispatcher.wake,
        meters=meters,
        data_dir=settings.data_dir.absolute(),
        now=now,
        **_readers(pool, handler),
        idempotency_keys=IdempotencyKeys(pool),
        transcriptions=Transcriptions(pool),
        links=Links(pool),
        holds=Holds(pool, handler, AccountPolicies(handler.store), now),
        deliveries=Deliveries(pool),
        **{name: getattr(heard, name) for name in SOUND},
        **settings.model_dump(include={"public_url", "trusted_proxies", "stream_idle_seconds"}),
    )


def _readers(pool: asyncpg.Pool, handler: CommandHandler) -> dict[str, Any]:
    """Return what answers questions, by its name among the services."""
    subscriptions, archived = Subscriptions(pool), Archived(pool)
    handler.listeners.append(lambda account_sid, *_: subscriptions.wake(account_sid))
    return {
        "recordings": Recordings(pool),
        "usage": Usage(pool),
        "events": Events(pool, archived),
        "proofs": Proofs(pool, archived),
        "subscriptions": subscriptions,
    }


def _sealer(pool: asyncpg.Pool, settings: Settings) -> Sealer:
    folder = settings.data_dir.absolute()
    keys = SealKeys(settings.seal_keys, folder)
    return Sealer(pool, keys, settings.seal_seconds, LastSeal(folder), Archived(pool))


def _handler(pool: asyncpg.Pool, settings: Settings) -> CommandHandler:
    effects = {EFFECT: IDEMPOTENCY_KEYS, "deliveries": PLAN_DELIVERIES, ERASURES: PLAN_ERASURES}
    effects |= {
        POLICIES: PROJECT_POLICIES,
        KEEP_KEY: STREAM_KEYS,
        OWE_TRANSCRIPTIONS: INSERT_JOBS,
        DESTROYED: DESTROY_KEYS,
    }
    store: EventStore = PostgresEventStore(pool, projection=PROJECTION, effects=effects)
    if settings.transcription_model:
        store = OwingTranscriptions(store, folder_id(settings.data_dir))
    handler = CommandHandler(store, plan_deliveries)
    handler.plans[DESTROYED] = destroyed_keys
    return handler
