"""What the verbs beside a running service do, on its database."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from service.application.accounts import Account, Accounts, ApiKey
from service.audit.positions import OutOfReach
from service.eventstore.event import iso_time
from service.export.archived import Archived
from service.media.storing.address import LOCAL, InvalidStore
from service.media.storing.bucket import StoreFailed, probe
from service.postgres.migrate import MigrationStatus, migrate, migration_status
from service.postgres.pool import DATABASE_LOST, open_pool
from service.projections.follow import ProjectionStopped
from service.projections.policies import differing_policies, rebuild_policies
from service.projections.progress import Told
from service.projections.rebuild import rebuild as rebuild_projection
from service.projections.registry import PROJECTIONS
from service.settings import Settings
from service.wiring.server import ServiceRefused, database, server


@asynccontextmanager
async def accounts(settings: Settings, *, begins: bool = False) -> AsyncIterator[tuple[Accounts, asyncpg.Pool]]:
    """Yield what the verbs beside a running service work with."""
    async with database(settings, begins=begins) as dsn, await open_pool(dsn, max_size=2) as pool:
        yield Accounts(pool, time.monotonic), pool


async def create_account(
    settings: Settings, sid: str | None, auth_token: str | None, friendly_name: str
) -> dict[str, Any] | None:
    """Return the new account with its token, or None when the SID is taken."""
    async with accounts(settings, begins=True) as (known, _):
        try:
            made = await known.create(sid=sid, auth_token=auth_token, friendly_name=friendly_name)
        except asyncpg.UniqueViolationError:
            return None
    return _document(made, "sid", "auth_token", "friendly_name")


async def list_accounts(settings: Settings) -> list[dict[str, Any]]:
    async with accounts(settings) as (known, _):
        return [_document(account, "sid", "friendly_name") for account in await known.all()]


async def rotate_token(settings: Settings, sid: str) -> dict[str, Any] | None:
    """Return the account with its new token, or None when there is none."""
    async with accounts(settings) as (known, _):
        account = await known.rotate_token(sid)
    return _document(account, "sid", "auth_token", "friendly_name") if account else None


async def set_store(settings: Settings, sid: str, store: str | None, *, force: bool) -> dict[str, Any] | None:
    """Return what was set, after the store has taken and given back a probe; None when there is no such account.

    Raises ServiceRefused.
    """
    try:
        if store not in {None, LOCAL}:
            await probe(store or "")
        reached = True
    except InvalidStore as error:
        raise ServiceRefused(
            f"that is no store: {error}; or it is `local`, the data folder, or `none`: the service's own setting"
        ) from None
    except StoreFailed as error:
        if not force:
            raise ServiceRefused(f"{error}; nothing was changed, --force sets it all the same") from None
        reached = False
    async with accounts(settings) as (known, _):
        if not await known.set_store(sid, store):
            return None
    return {"sid": sid, "store": store, "answers": reached}


async def create_key(settings: Settings, account_sid: str, role: str) -> dict[str, Any] | None:
    """Return the new key with its secret, or None when there is no such account."""
    async with accounts(settings) as (known, _):
        if await known.find(account_sid) is None:
            return None
        return _document(await known.create_key(account_sid, role), "sid", "secret", "account_sid", "role")


async def list_keys(settings: Settings, account_sid: str | None) -> list[dict[str, Any]]:
    async with accounts(settings) as (known, _):
        keys = await known.keys(account_sid)
        return [_document(key, "sid", "account_sid", "role", "revoked_at") for key in keys]


async def revoke_key(settings: Settings, sid: str) -> bool:
    async with accounts(settings) as (known, _):
        return await known.revoke_key(sid)


async def migrations(settings: Settings, *, to: str | None, only_status: bool) -> list[dict[str, str]]:
    """Return every migration and its state, after those that were pending are applied unless `only_status`."""
    async with server(settings, begins=not only_status) as dsn:
        applied = [] if only_status else await migrate(dsn, to=to)
        states = await migration_status(dsn)
    return [{"version": found.version, "name": found.name, "state": _state(found, applied)} for found in states]


def _state(found: MigrationStatus, applied: list[str]) -> str:
    if found.changed:
        return "changed"
    if f"{found.version}_{found.name}" in applied:
        return "applied now"
    return "applied" if found.applied else "pending"


async def rebuild(settings: Settings, name: str, *, compares: bool, chunk: int, told: Told) -> list[dict[str, Any]]:
    """Rebuild one read model, or all; `differing`, if asked for, are the rows that were not as the log says."""
    chosen = (*PROJECTIONS, "policies") if name == "all" else (name,)
    async with database(settings) as dsn, await open_pool(dsn, max_size=1) as pool:
        archive = Archived(pool)
        try:
            return [await _rebuild(dsn, one, archive, compares=compares, chunk=chunk, told=told) for one in chosen]
        except (ProjectionStopped, OutOfReach) as stopped:
            raise ServiceRefused(str(stopped)) from None
        except DATABASE_LOST as error:
            raise ServiceRefused(f"the database was lost: {error}; run it again, and it goes on where it was") from None


async def _rebuild(dsn: str, name: str, archive: Archived, *, compares: bool, chunk: int, told: Told) -> dict[str, Any]:
    if name == "policies":
        differing = {"differing": await differing_policies(dsn)} if compares else {}
        return {"projection": name, "repaired": await rebuild_policies(dsn)} | differing
    done = await rebuild_projection(dsn, PROJECTIONS[name], archive, compares=compares, chunk=chunk, told=told)
    document = {field: getattr(done, field) for field in ("projection", "events", "seconds", "resumed")}
    if done.differing is None:
        return document
    rows = [{"table": one.table, "account_sid": one.account_sid, "key": one.key} for one in done.differing]
    return document | {"differing": rows}


def _document(kept: Account | ApiKey, *names: str) -> dict[str, Any]:
    fields = {name: getattr(kept, name) for name in names}
    return fields | {"date_created": iso_time(kept.date_created)}
