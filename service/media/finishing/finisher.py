"""The loop that turns stopped recordings into finished ones, beside others that do the same."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import structlog

from service.application.repeating import repeat
from service.domain.events import Event, RecordingStopped
from service.domain.recording import Recording
from service.domain.values import DelayCause, StopCause
from service.media.finishing.attempt import Attempts, NotYet, SpoolUnreadable
from service.media.finishing.finishings import LEASE_SECONDS, Claim, Finishings
from service.media.finishing.workers import WorkerDied, Workers
from service.media.storing.bucket import StoreFailed
from service.media.storing.store import Key
from service.postgres.pool import DATABASE_LOST

POLL_SECONDS = 1.0
AGAIN_SECONDS, LONGEST_AGAIN_SECONDS = 1.0, 300.0
"""Between attempts, each twice the one before: a full disk or a store out of reach is given time to recover."""
UPLOAD_POLL_SECONDS = 0.2
DRAIN_SECONDS = 10.0
"""How long an end waits for stores."""
MOST_WAITING = 16
"""Recordings that wait for a store beside those being encoded: each holds its spool's lock open."""
MOST_OVERDUE = 50
"""Recordings without sound that a look at the database brings: the next look follows when these are done."""
log = structlog.get_logger()


class Finisher:
    def __init__(self, finishings: Finishings, attempts: Attempts, workers: Workers) -> None:
        self._finishings = finishings
        self._attempts = attempts
        self._workers = workers
        self._captured: set[Key] = set()
        self._left: set[Key] = set()
        self._under_way: dict[UUID, asyncio.Task[None]] = {}
        self._uploads: set[UUID] = set()
        self._awake = asyncio.Event()

    def add(self, account_sid: str, sid: str) -> None:
        """Have a recording finished now: all its sound is in the spool."""
        self._captured.add((account_sid, sid))
        self._awake.set()

    def on_event(self, account_sid: str, sid: str, _state: Recording, event: Event) -> None:
        """Have a recording finished whose sound another process heard, which is gone: nobody else adds it."""
        if isinstance(event, RecordingStopped) and event.cause is StopCause.MEDIA_LOST and event.position is None:
            self._left.add((account_sid, sid))
            self._awake.set()

    @asynccontextmanager
    async def upload(self, account_sid: str, sid: str) -> AsyncIterator[None]:
        """Let nobody finish a recording, or call it absent, while its upload arrives."""
        key = (account_sid, sid)
        while (claim_id := await self._finishings.claim_upload(key)) is None:  # noqa: ASYNC110 - the lease is in the database
            await asyncio.sleep(UPLOAD_POLL_SECONDS)
        self._uploads.add(claim_id)
        try:
            yield
        finally:
            self._uploads.discard(claim_id)
            await self._finishings.release(key, claim_id, 0)
            self._awake.set()

    def recover(self, data_dir: Path) -> None:
        """Add what an earlier process left in the spool."""
        for folder in (data_dir / "spool").glob("*/*"):
            self.add(folder.parent.name, folder.name)

    async def tick(self) -> int:
        """Begin with what is due; return how much that was. `drain` waits for it."""
        if left := list(self._left):
            self._captured |= await asyncio.to_thread(self._attempts.with_sound, left)
            self._left -= set(left)
        if captured := list(self._captured):
            await self._finishings.add(captured)
            self._captured -= set(captured)
        if claims := [*self._under_way, *self._uploads]:
            await self._finishings.renew(claims)
        # One that waits for its store leaves its worker to others.
        waiting = min(self._attempts.keeping.stores.under_way, MOST_WAITING)
        free = self._workers.number + waiting - len(self._under_way)
        if free <= 0:
            return 0
        await self._finishings.add_overdue(MOST_OVERDUE)
        due = await self._finishings.claim(free)
        for claim in due:
            self._under_way[claim.claim_id] = asyncio.create_task(self._finish(claim))
        return len(due)

    async def drain(self) -> None:
        """Wait for the recordings under way; those still on their way to a store after a moment are left for later."""
        deadline = asyncio.get_running_loop().time() + DRAIN_SECONDS
        while self._under_way:
            late = (
                asyncio.get_running_loop().time() > deadline
                and len(self._under_way) <= self._attempts.keeping.stores.under_way
            )
            for task in self._under_way.values() if late else ():
                task.cancel()
            await asyncio.wait(self._under_way.values(), timeout=POLL_SECONDS)
            await asyncio.sleep(0)
        self._workers.close()

    async def run(self) -> None:
        """Repeat `tick`."""
        await repeat(self.tick, POLL_SECONDS, failed="finish.not_polled", awake=self._awake)

    async def _finish(self, claim: Claim) -> None:
        try:
            await self._attempts.make(claim)
            await self._finishings.remove(claim.key, claim.claim_id)
        except NotYet:
            await self._release(claim, POLL_SECONDS, uncounted=True)
        except asyncio.CancelledError:
            await self._release(claim, 0)
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, it is put on record and tried again
            await self._put_off(claim, error)
        finally:
            del self._under_way[claim.claim_id]
            self._awake.set()

    async def _put_off(self, claim: Claim, error: Exception) -> None:
        is_unreadable = isinstance(error, SpoolUnreadable)
        failures = claim.unreadable if is_unreadable else claim.attempts - 1
        again = min(AGAIN_SECONDS * 2 ** min(failures, 20), LONGEST_AGAIN_SECONDS)
        cause, detail = _obstacle(error)
        # What the disk or a store refuses is no fault of ours: the sentence says it.
        fault = None if isinstance(error, StoreFailed | OSError | WorkerDied) else error
        named = {"account": claim.account_sid, "recording": claim.recording_sid, "cause": cause, "detail": detail}
        log.error("finish.failed", **named, again=again, exc_info=fault)
        try:
            await self._attempts.delayed(claim, cause, detail)
        except DATABASE_LOST as lost:
            log.warning("finish.not_on_record", recording=claim.recording_sid, error=str(lost))
        await self._release(claim, again, unreadable=is_unreadable)

    async def _release(
        self, claim: Claim, seconds: float, *, uncounted: bool = False, unreadable: bool = False
    ) -> None:
        try:
            await self._finishings.release(
                claim.key, claim.claim_id, seconds, uncounted=uncounted, unreadable=unreadable
            )
        except DATABASE_LOST as lost:
            log.warning("finish.not_put_off", error=str(lost), lease_seconds=LEASE_SECONDS)


def _obstacle(error: Exception) -> tuple[DelayCause, str]:
    """Return what kept a recording from being finished, in words that name nothing of the machine."""
    if isinstance(error, StoreFailed):
        return DelayCause.STORE, str(error)
    if isinstance(error, OSError):
        return DelayCause.DISK, error.strerror or type(error).__name__
    if isinstance(error, WorkerDied):
        return DelayCause.WORKER, str(type(error).__doc__)
    return DelayCause.WORKER, type(error).__name__
