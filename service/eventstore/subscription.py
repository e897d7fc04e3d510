"""Subscriptions: an account's log followed as it grows, from any position on."""

import asyncio
from collections.abc import AsyncGenerator, Hashable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Protocol

import asyncpg
import structlog

from service.eventstore.event import Row
from service.postgres.pool import DATABASE_LOST
from service.postgres.statement import statement

POLL_SECONDS = 1.0
"""What other processes append is seen after this at the latest."""
SHORTEST_REST_SECONDS = 0.05
"""Between two polls, however many appends wake this process."""
log = structlog.get_logger()

Rows = Sequence[Row]


class Source(Protocol):
    """What a subscriber reads. Subscribers with equal sources that are equally far share what is read."""

    @property
    def largest_batch(self) -> int: ...

    def __hash__(self) -> int: ...

    async def read(self, account_sid: str, above: int, end: int) -> Rows: ...


class Subscriptions:
    """Every subscriber sees each event that its source has, once, in the order of positions, also after a reconnect.

    None is skipped because it was committed late: a position is given under the lock of its account's head row, which
    is held until the commit. Whoever gives position n + 1 has waited for the end of the transaction that gave n. So
    when a head of n is seen, all up to n is there to be read, and nothing will ever come in between. This needs no
    snapshot's horizon: transactions that are held open elsewhere delay nobody.

    One poll asks for the heads of all accounts that are followed here. Appends of this process wake it.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._heads: dict[str, _Head] = {}
        self._reading: dict[Hashable, asyncio.Task[Rows]] = {}
        self._awake = asyncio.Event()
        self._is_closed = False
        self._query = statement(__package__, "select_heads")

    def wake(self, account_sid: str) -> None:
        """Take it that something was appended."""
        if account_sid in self._heads:
            self._awake.set()

    async def run(self) -> None:
        while True:
            await asyncio.sleep(SHORTEST_REST_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._awake.wait()
            self._awake.clear()
            try:
                await self.tick()
            except DATABASE_LOST as error:
                log.warning("subscriptions.not_polled", error=str(error))

    async def tick(self) -> int:
        """Look once how far the followed accounts have come; return how many those are."""
        if self._heads:
            for row in await self._pool.fetch(self._query, list(self._heads)):
                if head := self._heads.get(row["account_sid"]):
                    head.advance(row["position"])
        return len(self._heads)

    def close(self) -> None:
        """End all subscriptions, and those to come."""
        self._is_closed = True
        for head in self._heads.values():
            head.close()

    async def follow(
        self, account_sid: str, after: int, source: Source, patience: float
    ) -> AsyncGenerator[tuple[int, Rows], None]:
        """Yield (position reached, events): what is there first, then what comes; nothing after each `patience`.

        A subscriber holds one batch at most, and nothing of the database while it is slow.
        """
        with self._followed(account_sid) as head:
            self._awake.set()
            while not self._is_closed:
                end = await head.beyond(after, patience)
                if self._is_closed:
                    return
                rows = await self._shared(account_sid, after, end, source) if end > after else ()
                is_all = len(rows) < source.largest_batch
                after = max(after, end) if is_all else rows[-1]["position"]
                yield after, rows

    async def _shared(self, account_sid: str, above: int, end: int, source: Source) -> Rows:
        key = (account_sid, above, end, source)
        if key not in self._reading:
            reading = asyncio.ensure_future(source.read(account_sid, above, end))
            self._reading[key] = reading
            reading.add_done_callback(partial(self._read, key))
        # Shielded: that one subscriber leaves must not end what others wait for.
        return await asyncio.shield(self._reading[key])

    def _read(self, key: Hashable, reading: "asyncio.Task[Rows]") -> None:
        del self._reading[key]
        if not reading.cancelled():
            reading.exception()  # said by whoever still waits for it

    @contextmanager
    def _followed(self, account_sid: str) -> Iterator["_Head"]:
        head = self._heads.setdefault(account_sid, _Head())
        head.followers += 1
        try:
            yield head
        finally:
            head.followers -= 1
            if not head.followers:
                del self._heads[account_sid]


class _Head:
    def __init__(self) -> None:
        self.position, self.followers, self._is_closed = 0, 0, False
        self._moved = asyncio.Event()

    def advance(self, position: int) -> None:
        if position > self.position:
            self.position = position
            self._moved.set()
            self._moved = asyncio.Event()

    def close(self) -> None:
        self._is_closed = True
        self._moved.set()

    async def beyond(self, position: int, patience: float) -> int:
        """Wait until the head is beyond a position, for so long at most, or until it closes; return where it is."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while self.position <= position and not self._is_closed:
                    await self._moved.wait()
        return self.position
