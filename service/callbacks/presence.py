"""A dispatcher's life, as its peers see it: a lock on a session of its own, which is free as soon as it is dead."""

import asyncio
import time
from collections.abc import Callable

import asyncpg
import structlog

from service.postgres.pool import connect
from service.postgres.statement import statement

LOCK = 0x64656C69
""""deli": the first number of the advisory locks; the second is the dispatcher's."""
CHANNEL = "recordkeeper_deliveries"
LEASE_SECONDS = 20.0
"""The longest attempt (15 s) and a margin; after that another dispatcher takes the delivery over."""
PLANNED = dict.fromkeys(("enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin"), "off")
"""What is searched may have grown from nothing to a million rows since its statistics were taken."""
BACK_SECONDS = 5.0
"""After a session broke: as long as that, peers whose sessions broke with it have to come back before one is buried."""
_log = structlog.get_logger()


class Presence:
    """One session, idle but for short statements: a killed process's lock is then free within milliseconds.

    That of a session inside a statement was held for 20 s (measured). Peers put a dead one's claims back; the lease is
    there for what no lock tells, such as a network that is cut.
    """

    def __init__(self, dsn: str, woken: Callable[[], None]) -> None:
        self._dsn = dsn
        self._woken = woken
        self._session: asyncpg.Connection | None = None
        self._turn = asyncio.Lock()
        self._buries_from = 0.0
        self.number = 0

    async def claim(self, *arguments: object) -> list[asyncpg.Record]:
        """Claim as `claim_deliveries` says, as this dispatcher; take part first when not yet, or no longer."""
        async with self._turn:
            session = await self._here()
            query = statement(__package__, "claim_deliveries")
            rows: list[asyncpg.Record] = await session.fetch(query, *arguments, self.number, LEASE_SECONDS)
            return rows

    async def bury(self) -> int:
        """Put the claims of dead dispatchers back; return how many of these there were."""
        async with self._turn:
            session = await self._here()
            if time.monotonic() < self._buries_from:
                return 0
            dead = [
                row["id"]
                for row in await session.fetch(statement(__package__, "select_dead_dispatchers"), self.number, LOCK)
            ]
            if dead:
                put_back = await session.execute(statement(__package__, "release_claims"), dead)
                await session.executemany("SELECT pg_advisory_unlock($1, $2)", [(LOCK, number) for number in dead])
                _log.warning("dispatcher.died", dispatchers=dead, claims=int(put_back.split()[-1]))
                self._woken()
            return len(dead)

    async def wake_peers(self) -> None:
        async with self._turn:
            await (await self._here()).execute(f"NOTIFY {CHANNEL}")

    async def leave(self) -> None:
        """Say goodbye: no peer need look after what was claimed here."""
        async with self._turn:
            if self._session and not self._session.is_closed():
                await self._session.execute(statement(__package__, "release_claims"), [self.number])
                await self._session.close()
            self._session = None

    async def _here(self) -> asyncpg.Connection:
        if self._session is None or self._session.is_closed():
            session = await connect(self._dsn, application_name="recordkeeper dispatcher", **PLANNED)
            if self.number:
                self._buries_from = time.monotonic() + BACK_SECONDS
            if not (self.number and await self._is_still_there(session)):
                async with session.transaction():  # nobody sees the row before the lock is held
                    self.number = await session.fetchval(statement(__package__, "insert_dispatcher"))
                    await session.execute("SELECT pg_advisory_lock($1, $2)", LOCK, self.number)
            await session.add_listener(CHANNEL, lambda *_: self._woken())
            self._session = session
        return self._session

    async def _is_still_there(self, session: asyncpg.Connection) -> bool:
        """Take the number's lock again, unless a peer was first: then what was claimed under it is no longer ours."""
        is_free = await session.fetchval("SELECT pg_try_advisory_lock($1, $2)", LOCK, self.number)
        return bool(is_free and await session.fetchval("SELECT true FROM dispatchers WHERE id = $1", self.number))
