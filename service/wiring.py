"""The composition root: settings in, assembled parts out; the only place that builds pools, servers and clocks."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg

from service.api.app import build_app
from service.api.services import Services
from service.application.accounts import Account, Accounts, ApiKey
from service.application.conversations import Conversations
from service.application.handler import CommandHandler
from service.application.idempotency import EFFECT, IDEMPOTENCY_KEYS, IdempotencyKeys
from service.application.identifiers import is_sid
from service.application.switchboard import Switchboard
from service.application.transcriptions import Transcriptions
from service.audit.hash_chain import first_breaks
from service.audit.query import recording_events
from service.callbacks.dispatcher import Dispatcher
from service.callbacks.enqueue import EFFECT as PLAN_DELIVERIES
from service.callbacks.enqueue import plan_deliveries
from service.callbacks.sender import Sender, open_session
from service.eventstore.event import iso_time
from service.eventstore.store import PostgresEventStore
from service.postgres.embedded import EmbeddedServer, running_dsn
from service.postgres.migrate import migrate, migration_status
from service.postgres.pool import open_pool
from service.projections.recordings import PROJECTION, Recordings
from service.projections.verify import differing_recordings
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
async def accounts(settings: Settings) -> AsyncIterator[tuple[Accounts, asyncpg.Pool]]:
    """Yield what the verbs beside a running service work with."""
    async with database(settings) as dsn, await open_pool(dsn, max_size=2) as pool:
        yield Accounts(pool, time.monotonic), pool


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
            transcriptions=Transcriptions(pool),
            now=now,
            public_url=settings.public_url,
        )
        async with open_session(settings.callback_allowed_networks) as session:
            sender = Sender(session)
            dispatcher = Dispatcher(pool, sender, signing_key=known.signing_key, jitter=random.random)
            handler.listeners.append(dispatcher.on_event)
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


async def first_account(settings: Settings) -> Account | None:
    """Make an account when there is none yet; return it that once."""
    async with accounts(settings) as (known, _):
        if await known.all():
            return None
        return await known.create(sid=None, auth_token=None, friendly_name="First account")


async def create_account(
    settings: Settings, sid: str | None, auth_token: str | None, friendly_name: str
) -> dict[str, Any] | None:
    """Return the new account with its token, or None when the SID is taken or is none."""
    if sid is not None and not is_sid("AC", sid):
        return None
    async with accounts(settings) as (known, _):
        try:
            made = await known.create(sid=sid, auth_token=auth_token, friendly_name=friendly_name)
        except asyncpg.UniqueViolationError:
            return None
    return _document(made, "sid", "auth_token", "friendly_name")


async def list_accounts(settings: Settings) -> list[dict[str, Any]]:
    async with accounts(settings) as (known, _):
        return [_document(account, "sid", "friendly_name") for account in await known.all()]


async def create_key(settings: Settings, account_sid: str, role: str) -> dict[str, Any] | None:
    """Return the new key with its secret, or None when there is no such account."""
    async with accounts(settings) as (known, _):
        if await known.find(account_sid) is None:
            return None
        return _document(await known.create_key(account_sid, role), "sid", "secret", "account_sid", "role")


async def list_keys(settings: Settings) -> list[dict[str, Any]]:
    async with accounts(settings) as (known, _):
        return [_document(key, "sid", "account_sid", "role", "revoked_at") for key in await known.keys()]


async def revoke_key(settings: Settings, sid: str) -> bool:
    async with accounts(settings) as (known, _):
        return await known.revoke_key(sid)


async def migrations(settings: Settings, *, to: str | None, only_status: bool) -> list[str]:
    async with server(settings) as dsn:
        applied = [] if only_status else await migrate(dsn, to=to)
        if applied:
            return [f"applied {name}" for name in applied]
        states = await migration_status(dsn)
        return [f"{'applied' if state.applied else 'pending'} {state.version}_{state.name}" for state in states]


async def verify(settings: Settings) -> list[str]:
    async with database(settings) as dsn, await open_pool(dsn, max_size=2) as pool:
        breaks = await first_breaks(pool)
        differing = await differing_recordings(dsn)
    return [f"{found.account_sid} position {found.position}: {found.what}" for found in breaks] + [
        f"{sid}: the read model differs from the log" for sid in differing
    ]


async def events(settings: Settings, sid: str) -> list[dict[str, Any]]:
    async with accounts(settings) as (known, pool):
        return [event for account in await known.all() for event in await recording_events(pool, account.sid, sid)]


def _document(kept: Account | ApiKey, *names: str) -> dict[str, Any]:
    fields = {name: getattr(kept, name) for name in names}
    return fields | {"date_created": iso_time(kept.date_created)}
