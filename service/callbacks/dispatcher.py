"""The loop behind the callbacks: claim with a lease and commit, attempt with no transaction open, record."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Protocol

import asyncpg
import structlog

from service.callbacks.enqueue import is_owed
from service.callbacks.outcome import Delivered, Discarded, Failed, Outcome
from service.callbacks.overrides import Overrides
from service.callbacks.schedule import next_delay
from service.callbacks.sender import Notice
from service.callbacks.signature import Keys
from service.domain.events import Event
from service.domain.recording import Recording
from service.postgres.pool import DATABASE_LOST
from service.postgres.statement import statement

MOST_UNDER_WAY = 64
MOST_PER_HOST = 8
"""One host that never answers holds these up and no more; claims made by two processes at once may exceed it."""
LEASE_SECONDS = 20.0
"""The longest attempt (15 s) and a margin; after that another process takes the delivery over."""
POLL_SECONDS = 1.0
LONGEST_ERROR = 500

Row = asyncpg.Record
_log = structlog.get_logger()


class Sends(Protocol):
    async def send(self, notice: Notice, keys: Keys) -> Outcome: ...


class Dispatcher:
    """Deliveries of one recording go out in order: one is claimed when none of an earlier event is pending.

    `signing_key` gives an account's auth token as it is now. `jitter` gives numbers from [0, 1).
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        sender: Sends,
        *,
        signing_key: Callable[[str], Awaitable[str]],
        jitter: Callable[[], float],
    ) -> None:
        self._pool = pool
        self._sender = sender
        self._signing_key = signing_key
        self._jitter = jitter
        self._claim = statement(__package__, "claim_deliveries")
        self._record = statement(__package__, "record_attempt")
        self._under_way: set[asyncio.Task[None]] = set()
        self._claiming = asyncio.Lock()
        self._awake = asyncio.Event()
        self._is_draining = False

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
            free = MOST_UNDER_WAY - len(self._under_way)
            rows = await self._pool.fetch(self._claim, free, MOST_PER_HOST, LEASE_SECONDS) if free > 0 else []
            for row in rows:
                attempt = asyncio.create_task(self._attempt(row))
                self._under_way.add(attempt)
                attempt.add_done_callback(self._finished)
            return len(rows)

    async def run(self) -> None:
        """Repeat `tick` until `drain` is called."""
        while not self._is_draining:
            self._awake.clear()
            try:
                claimed = await self.tick()
            except DATABASE_LOST as error:
                _log.warning("callback.claim_failed", error=str(error))
                claimed = 0
            if not claimed and not self._is_draining:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._awake.wait(), POLL_SECONDS)

    async def drain(self) -> None:
        """End `run`, and wait for the attempts under way: no longer than one attempt takes."""
        self._is_draining = True
        self.wake()
        async with self._claiming:
            pass
        while self._under_way:
            await asyncio.wait(self._under_way)

    def _finished(self, attempt: asyncio.Task[None]) -> None:
        self._under_way.discard(attempt)
        self.wake()

    async def _attempt(self, row: Row) -> None:
        notice = Notice(
            url=row["url"],
            method=row["method"],
            parameters=row["parameters"],
            idempotency_token=str(row["idempotency_token"]),
        )
        clock = asyncio.get_running_loop().time
        try:
            auth_token = await self._signing_key(row["account_sid"])
            began = clock()
            outcome = await self._sender.send(notice, Keys(auth_token=auth_token))
            await self._write_down(row, outcome, round((clock() - began) * 1000))
        except Exception:  # noqa: BLE001 - it is logged, and whatever it was the loop goes on
            # As if this process had died: the lease ends, and the delivery is attempted again.
            _log.exception("callback.attempt_lost", **_names(row))

    async def _write_down(self, row: Row, outcome: Outcome, duration_ms: int) -> None:
        status, delay = self._verdict(row, outcome)
        http_status = None if isinstance(outcome, Discarded) else outcome.http_status
        error_code, error = (None, None) if isinstance(outcome, Delivered) else (outcome.error_code, outcome.error)
        moved = await self._pool.fetchval(
            self._record,
            row["account_sid"],
            row["sid"],
            row["claim_id"],
            row["attempts"],
            duration_ms,
            http_status,
            error_code,
            error and _storable(error),
            status,
            delay,
        )
        _log.info(
            "callback.attempted",
            **_names(row),
            outcome=status if moved else "taken-over",
            http_status=http_status,
            error_code=error_code,
            error=error,
            duration_ms=duration_ms,
        )

    def _verdict(self, row: Row, outcome: Outcome) -> tuple[str, float | None]:
        """Return the delivery's status after `outcome`, and seconds until its next attempt if there is one."""
        match outcome:
            case Delivered():
                return "delivered", None
            case Discarded():
                return ("discarded" if row["attempts"] == 1 else "failed"), None
            case Failed():
                policy = Overrides.of(row["url"]).retry_policy
                delay = next_delay(outcome, row["attempts"], policy, self._jitter())
                return ("failed", None) if delay is None else ("pending", delay)


def _storable(error: str) -> str:
    """Return `error` as PostgreSQL takes it: words from a receiver may hold NUL, or bytes that are no text."""
    return error.encode("ascii", "replace").decode().replace("\0", "?")[:LONGEST_ERROR]


def _names(row: Row) -> dict[str, Any]:
    return {
        "account": row["account_sid"],
        "recording": row["recording_sid"],
        "delivery": row["sid"],
        "callback": row["event"],
        "host": row["host"],
        "attempt": row["attempts"],
    }
