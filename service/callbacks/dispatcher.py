"""The loops behind the callbacks: claim with a lease and commit, attempt with no transaction open, record."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

import asyncpg
import structlog

from service.application.repeating import repeat
from service.application.stream_keys import Erased, unseal
from service.callbacks.attempted import Attempted, names
from service.callbacks.enqueue import is_owed
from service.callbacks.hosts import Hosts
from service.callbacks.outcome import Discarded, Outcome
from service.callbacks.presence import LEASE_SECONDS, Presence
from service.callbacks.results import Results
from service.callbacks.sender import Notice
from service.callbacks.signature import Keys
from service.domain.events import Event
from service.domain.recording import Recording
from service.postgres.pool import DATABASE_LOST

LONGEST_ATTEMPT = 15.0
POLL_SECONDS = 1.0
BUSY_CLAIM = 8
"""A claim of so many: more may be due than there was room for."""
NEXT_CLAIM = 32
"""Slots to be free again before the next claim then, unless results are written down earlier: a claim has a price."""
AT_ONCE = 8
"""Attempts begun in one turn of the event loop: between them answers, claims and results have theirs."""
NOTIFY_SECONDS = 0.05
"""Between wakings of peers: a NOTIFY takes a lock that all commits share."""
_log = structlog.get_logger()


class Sends(Protocol):
    async def send(self, notice: Notice, keys: Keys) -> Outcome: ...


class Dispatcher:
    """Deliveries of one recording go out in order: one is claimed when none of an earlier event is pending.

    `clock` is in seconds, and never goes back; `jitter` gives numbers from [0, 1).
    `observe` is told of every attempt whose result was written down.
    """

    def __init__(
        self,
        dsn: str,
        sender: Sends,
        *,
        clock: Callable[[], float],
        jitter: Callable[[], float],
        observe: Callable[[Attempted, bool], None] = lambda attempted, moved: None,  # noqa: ARG005 - nobody looks
    ) -> None:
        self._sender = sender
        self._jitter = jitter
        self._observe = observe
        self._clock = clock
        self._hosts = Hosts(clock)
        self._presence = Presence(dsn, self.wake)
        self._results = Results(dsn, self._written)
        self._claiming = asyncio.Lock()
        self._claimed: deque[tuple[asyncpg.Record, float]] = deque()
        self._starting: asyncio.Task[None] | None = None
        self._under_way: set[asyncio.Task[None]] = set()
        self._awake = asyncio.Event()
        self._is_busy = False
        self._freed = 0
        self._notified_at = 0.0
        self._is_draining = False

    def hosts_paused(self) -> int:
        return self._hosts.paused

    def wake(self) -> None:
        """Look for due deliveries now, not at the next poll."""
        self._awake.set()

    def on_event(self, _account_sid: str, _recording_sid: str, state: Recording, event: Event) -> None:
        """Look for due deliveries now when `event` owes one; `state` is the recording's at that event."""
        if is_owed(event, state):
            self.wake()

    async def tick(self) -> int:
        """Claim what is due and start its attempts; return how many. `drain` waits for them."""
        async with self._claiming:
            room = self._hosts.room()
            claimed_at = self._clock()  # no later than the lease begins
            rows = await self._presence.claim(*room) if room.total else []
            self._is_busy, self._freed = len(rows) >= min(BUSY_CLAIM, room.total), 0
            for row in rows:
                self._hosts.begin(row["host"], row["account_sid"])
                self._claimed.append((row, claimed_at))
            if self._starting is None or self._starting.done():
                self._starting = asyncio.create_task(self._start())
            return len(rows)

    async def run(self) -> None:
        """Repeat `tick` until `drain` is called, and write results down until the last attempt has ended."""
        burying = asyncio.create_task(repeat(self._presence.bury, POLL_SECONDS, failed="dispatcher.not_seen"))
        writing = asyncio.create_task(self._results.run())
        while not self._is_draining:
            self._awake.clear()
            await self._turn()
            if not self._is_draining:
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._awake.wait()
        burying.cancel()
        await self._attempts_ended()
        writing.cancel()
        await asyncio.wait({burying, writing})

    async def drain(self) -> None:
        """End `run`; wait for the attempts under way, no longer than one takes, and write down what came of them."""
        self._is_draining = True
        self.wake()
        async with self._claiming:
            pass
        await self._attempts_ended()
        await self._results.close()
        await self._presence.leave()

    async def _attempts_ended(self) -> None:
        while self._starting and not (self._starting.done() and not self._under_way):
            await asyncio.wait({self._starting, *self._under_way})

    async def _turn(self) -> None:
        try:
            claimed = await self.tick()
            if claimed and self._is_busy and self._clock() > self._notified_at + NOTIFY_SECONDS:
                self._notified_at = self._clock()
                await self._presence.wake_peers()
        except DATABASE_LOST as error:
            _log.warning("callback.claim_failed", error=str(error))

    async def _start(self) -> None:
        while self._claimed:
            for _ in range(min(AT_ONCE, len(self._claimed))):
                attempt = asyncio.create_task(self._attempt(*self._claimed.popleft()))
                self._under_way.add(attempt)
                attempt.add_done_callback(self._under_way.discard)
            await asyncio.sleep(0)

    async def _attempt(self, claim: asyncpg.Record, claimed_at: float) -> None:
        answered = None
        began = self._clock()
        try:
            # Else this process stood still: somebody else may have the delivery by now.
            if began - claimed_at < LEASE_SECONDS - LONGEST_ATTEMPT:
                url, outcome = await self._send(claim)
                seconds = self._clock() - began
                attempted = Attempted.of(
                    claim, url, outcome, waited=began - claimed_at, seconds=seconds, jitter=self._jitter()
                )
                answered = attempted.is_answered
                self._results.add(attempted)
        except Exception:  # noqa: BLE001 - it is logged, and whatever it was the loop goes on
            # As if this process had died: the lease ends, and the delivery is attempted again.
            _log.exception("callback.attempt_lost", **names(claim))
        self._hosts.end(claim["host"], claim["account_sid"], answered=answered)
        self._freed += 1
        if self._is_busy and self._freed >= NEXT_CLAIM:
            self.wake()

    async def _send(self, claim: asyncpg.Record) -> tuple[str, Outcome]:
        """Return the URL that was to be told, and what came of it."""
        try:
            url = unseal(claim["url"], claim["url_key"])
        except Erased:
            return "", Discarded(error="the URL was erased with its recording")
        notice = Notice(
            url=url,
            method=claim["method"],
            parameters=claim["parameters"],
            idempotency_token=str(claim["idempotency_token"]),
            spent=claim["spent"],
            retries=claim["callback_retries"],
        )
        keys = Keys(auth_token=claim["auth_token"], webhook_secret=claim["webhook_secret"])
        return url, await self._sender.send(notice, keys)

    def _written(self, attempted: Attempted, moved: bool) -> None:  # noqa: FBT001 - what `Results` tells
        """Log what came of an attempt. What waited for it may be due now."""
        _log.info("callback.attempted", **attempted.logged() | ({} if moved else {"outcome": "taken-over"}))
        self._observe(attempted, moved)
        self.wake()
