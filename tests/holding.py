"""Recordings of one account, and what may and may not be done to them under a hold, over a real log."""

import asyncio
from dataclasses import replace

import asyncpg

from facts import AC, AT, COMPLETE, DELETE, START, STOP
from service.application.handler import CommandHandler, Outcome
from service.application.holds import Holds
from service.application.identifiers import new_ordered_sid
from service.application.metadata import Actor, Metadata
from service.application.policies import EFFECT, AccountPolicies
from service.eventstore.store import PostgresEventStore
from service.projections.policies import EFFECT as PROJECT_POLICIES
from service.projections.recordings import PROJECTION

METADATA = Metadata(actor=Actor(sid=AC, role="account"), request_id="RQ" + "1" * 32)


class Process:
    """One of several that work on the same log."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool
        store = PostgresEventStore(pool, projection=PROJECTION, effects={EFFECT: PROJECT_POLICIES})
        self.handler = CommandHandler(store, lambda *_: [])
        self.policies = AccountPolicies(store)
        self.holds = Holds(pool, self.handler, self.policies, lambda: AT)

    async def do(self, sid: str, *commands) -> Outcome:
        for command in commands:
            outcome = await self.handler.handle(AC, replace(command, sid=sid), METADATA)
        return outcome

    async def completed(self) -> str:
        sid = new_ordered_sid("RE", AT)
        await self.do(sid, START, STOP, COMPLETE)
        return sid

    async def deleted(self, days: int) -> str:
        """Return a recording that was deleted so many days ago, by its row."""
        sid = await self.completed()
        await self.do(sid, DELETE)
        query = "UPDATE recordings SET deleted_at = now() - make_interval(days => $2) WHERE sid = $1"
        await self.pool.execute(query, sid, days)
        return sid

    async def hold(self, sid: str | None = None) -> None:
        await self.holds.place(AC, sid, "case-7", METADATA)

    async def release(self, sid: str | None = None) -> None:
        await self.holds.release(AC, sid, METADATA)

    async def types(self, stream: str) -> list[str]:
        query = "SELECT type FROM events WHERE account_sid = $1 AND recording_sid = $2 ORDER BY version"
        return [row["type"] for row in await self.pool.fetch(query, AC, stream)]

    async def rows(self) -> set[str]:
        return {row["sid"] for row in await self.pool.fetch("SELECT sid FROM recordings")}


async def while_a_hold_is_placed(pool, work):
    """Return what becomes of `work` that begins when a hold on the account is about to be committed."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM account_heads FOR UPDATE")
        working = asyncio.create_task(work)
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while not await pool.fetchval(waiting):  # noqa: ASYNC110 - the lock is in the database
            await asyncio.sleep(0.01)
        await connection.execute("INSERT INTO account_policies VALUES ($1, 1, now())", AC)
    return await working
