"""What the verbs about callbacks do, on the database of the service."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from service.application.accounts import Accounts
from service.callbacks.history import Chosen, Deliveries, Delivery
from service.callbacks.presence import CHANNEL
from service.eventstore.event import iso_time
from service.postgres.pool import open_pool
from service.settings import Settings
from service.wiring.server import database

BATCH = 500
Told = Callable[[int, int], None]
"""Is told how many were redelivered so far, and of how many."""


@asynccontextmanager
async def _deliveries(settings: Settings) -> AsyncIterator[tuple[Deliveries, list[str], asyncpg.Pool]]:
    async with database(settings) as dsn, await open_pool(dsn, max_size=2) as pool:
        sids = [account.sid for account in await Accounts(pool, time.monotonic).all()]
        yield Deliveries(pool), sids, pool


async def list_deliveries(
    settings: Settings, account_sid: str | None, recording_sid: str | None, chosen: Chosen, limit: int
) -> list[dict[str, Any]]:
    """Return the newest that were chosen, newest first, of one account or all."""
    found: list[Delivery] = []
    async with _deliveries(settings) as (deliveries, sids, _):
        for sid in [account_sid] if account_sid else sids:
            if recording_sid:
                found += await _of_recording(deliveries, sid, recording_sid, chosen)
            else:
                found += (await deliveries.page(sid, chosen, None, limit)).rows
    found.sort(key=lambda one: (one.row["occurred_at"], one.sid), reverse=True)
    return [_document(one) for one in found[:limit]]


async def redeliver(settings: Settings, sid: str) -> dict[str, Any] | None:
    """Return the delivery, due now; None when no account has it, or it is no longer kept."""
    async with _deliveries(settings) as (deliveries, sids, pool):
        for account_sid in sids:
            if found := await deliveries.redeliver(account_sid, sid):
                await pool.execute(f"NOTIFY {CHANNEL}")
                return _document(found)
    return None


async def redeliver_all(settings: Settings, account_sid: str | None, chosen: Chosen, told: Told) -> dict[str, Any]:
    """Send all again that were chosen and settled before now; return how many there were, and were sent again.

    Broken off, it has sent some: begun again, it finds the others.
    """
    done = 0
    async with _deliveries(settings) as (deliveries, sids, pool):
        counted = [(sid, *await deliveries.count(sid, chosen)) for sid in ([account_sid] if account_sid else sids)]
        total = sum(count for _, count, _ in counted)
        told(done, total)
        for sid, count, began in counted:
            rest, batch = chosen, BATCH if count else 0
            while batch == BATCH:
                batch, rest = await deliveries.redeliver_batch(sid, rest, began, BATCH)
                done += batch
                told(done, total)
        if done:
            await pool.execute(f"NOTIFY {CHANNEL}")
    return {"status": chosen.status, "found": total, "redelivered": done}


async def _of_recording(deliveries: Deliveries, account_sid: str, recording_sid: str, chosen: Chosen) -> list[Delivery]:
    page = await deliveries.of_recording(account_sid, recording_sid, None, 1000)
    return [one for one in page.rows if chosen.has(one)]


def _document(delivery: Delivery) -> dict[str, Any]:
    row = delivery.row
    more = {name: row[name] for name in ("account_sid", "host", "is_fallback")}
    return more | {"occurred_at": iso_time(row["occurred_at"])} | delivery.document()
