"""What the verb about events does, on the database of the service."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import asyncpg

from service.audit.choice import EventFilter, Stretch
from service.audit.events import Events, Followed
from service.audit.positions import OutOfReach
from service.audit.query import exported_document
from service.eventstore.subscription import Subscriptions
from service.export.archived import Archived
from service.settings import Settings
from service.wiring.server import ServiceRefused
from service.wiring.verbs import accounts

Shown = Callable[[list[dict[str, Any]]], None]
"""Given a batch of an account's events, in the order in which they are to be shown."""


async def events(
    settings: Settings,
    account_sid: str | None,
    chosen: EventFilter,
    show: Shown,
    *,
    after: int | None,
    limit: int | None,
    follows: bool,
) -> None:
    """Show one account's events, or each account's, oldest first: all, or `limit`.

    Those are the first after a position, or the newest; then, if `follows`, what comes, until cancelled. Raises
    ServiceRefused.
    """
    async with accounts(settings) as (known, pool):
        sids = [account_sid] if account_sid else sorted(account.sid for account in await known.all())
        log = Events(pool, Archived(pool))
        ends = {sid: await log.end(sid) for sid in sids}
        for sid, end in ends.items():
            stretch = Stretch(above=after or 0, below=end + 1)
            try:
                await _show_present(log, sid, chosen, stretch, limit, show, newest=after is None)
            except OutOfReach as error:
                raise ServiceRefused(str(error)) from None
        if follows:
            await _show_coming(pool, ends, Followed(log, chosen), show)


async def _show_present(
    log: Events, sid: str, chosen: EventFilter, stretch: Stretch, limit: int | None, show: Shown, *, newest: bool
) -> None:
    if newest and limit is not None:
        # However many they are: they are looked for from the end, and then shown from the first of them on.
        begin = stretch.below
        async with aclosing(log.batches(sid, chosen, replace(stretch, newest_first=True), limit)) as batches:
            async for rows in batches:
                begin = rows[-1]["position"]
        stretch = replace(stretch, above=begin - 1)
    async with aclosing(log.batches(sid, chosen, stretch, limit)) as batches:
        async for rows in batches:
            show(await _documents(log, sid, rows))


async def _show_coming(pool: asyncpg.Pool, ends: dict[str, int], source: Followed, show: Shown) -> None:
    subscriptions = Subscriptions(pool)

    async def follow(sid: str, end: int) -> None:
        async with aclosing(subscriptions.follow(sid, end, source, 60)) as batches:
            async for _, rows in batches:
                show(await _documents(source.events, sid, rows))

    async with asyncio.TaskGroup() as following:
        following.create_task(subscriptions.run())
        for sid, end in ends.items():
            following.create_task(follow(sid, end))


async def _documents(log: Events, sid: str, rows: Sequence[Any]) -> list[dict[str, Any]]:
    keys = await log.keys(sid, rows)
    return [exported_document(row, keys, unmasked=True) for row in rows]
