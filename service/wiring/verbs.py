"""What the verbs beside a running service do, on its database."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from service.application.accounts import Account, Accounts, ApiKey
from service.application.identifiers import is_sid
from service.audit.hash_chain import first_breaks
from service.audit.query import recording_events
from service.eventstore.event import iso_time
from service.postgres.migrate import migrate, migration_status
from service.postgres.pool import open_pool
from service.projections.verify import differing_recordings
from service.settings import Settings
from service.wiring.assembly import database, server


@asynccontextmanager
async def accounts(settings: Settings) -> AsyncIterator[tuple[Accounts, asyncpg.Pool]]:
    """Yield what the verbs beside a running service work with."""
    async with database(settings) as dsn, await open_pool(dsn, max_size=2) as pool:
        yield Accounts(pool, time.monotonic), pool


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
