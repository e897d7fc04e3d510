"""The loop behind the transcriptions: claim with a lease, have the engine hear, and keep what it heard."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import structlog

from service.application.transcriptions import Transcriptions
from service.postgres.pool import DATABASE_LOST
from service.postgres.statement import statement
from service.transcription.process import EngineFailed

POLL_SECONDS = 1.0
LEASE_SECONDS = 20.0
RENEW_SECONDS = 5.0
MOST_ATTEMPTS = 5
AGAIN_SECONDS = 2.0
"""After the first failure; each later one waits four times longer: 2, 8, 32 and 128 s."""
_log = structlog.get_logger()

Sound = Callable[[str, str], AbstractAsyncContextManager[Path | None]]
"""(account SID, recording SID) to its WAV on this machine; None where there is none that may be heard here."""
Hear = Callable[[Path], Awaitable[str]]
"""A WAV to what is said in it. Raises EngineFailed; cancelled, it stops at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    account_sid: str
    recording_sid: str
    attempts: int
    claim_id: UUID

    @property
    def claim(self) -> tuple[str, str, UUID]:
        return self.account_sid, self.recording_sid, self.claim_id

    @property
    def names(self) -> dict[str, str | int]:
        return {"account": self.account_sid, "recording": self.recording_sid, "attempt": self.attempts}


class Transcriber:
    """One recording at a time, of those whose sound is in `folder`.

    Whatever ends an attempt, the job is claimed again, a bounded number of times.
    """

    def __init__(self, pool: asyncpg.Pool, folder: str, hear: Hear, sound: Sound, now: Callable[[], datetime]) -> None:
        self._pool = pool
        self._folder = folder
        self._engine = hear
        self._sound = sound
        self._now = now

    async def tick(self) -> int:
        """Work on the job that is due longest, to its end; return 0 when there was none."""
        row = await self._pool.fetchrow(statement(__package__, "claim_job"), self._folder, LEASE_SECONDS)
        if row is None:
            return 0
        job = Job(**row)
        try:
            await self._work(job)
        except asyncio.CancelledError:
            # The service stops: no fault of the recording's. Out of reach, its lease ends all the same.
            with suppress(*DATABASE_LOST):
                async with asyncio.timeout(RENEW_SECONDS):
                    await self._release(job, job.attempts - 1, 0.0)
            raise
        return 1

    async def run(self) -> None:
        """Repeat `tick`."""
        while True:
            worked = 0
            try:
                worked = await self.tick()
            except DATABASE_LOST as error:
                _log.warning("transcription.not_polled", error=str(error))
            except Exception:  # noqa: BLE001 - it is logged, and the job is due again when its lease ends
                _log.exception("transcription.not_polled")
            if not worked:
                await asyncio.sleep(POLL_SECONDS)

    async def _work(self, job: Job) -> None:
        if not await self._renew(job):
            await self._drop(job, "the recording was deleted")
        elif job.attempts > MOST_ATTEMPTS:
            await self._conclude(job, "failed", None)  # each attempt ended with the service itself
        else:
            await self._attempt(job)

    async def _attempt(self, job: Job) -> None:
        hearing = asyncio.create_task(self._hear(job))
        try:
            while not (await asyncio.wait({hearing}, timeout=RENEW_SECONDS))[0]:
                if not await self._renew(job):
                    await self._drop(job, "the recording was deleted, or its job taken over")
                    return
            text = hearing.result()
        except (EngineFailed, OSError) as error:
            await self._fail(job, str(error))
        else:
            await (self._drop(job, "its sound is not here") if text is None else self._conclude(job, "completed", text))
        finally:
            hearing.cancel()
            await asyncio.wait({hearing})

    async def _hear(self, job: Job) -> str | None:
        async with self._sound(job.account_sid, job.recording_sid) as wav:
            return None if wav is None else await self._engine(wav)

    async def _renew(self, job: Job) -> bool:
        """Say that this process is still at it; False when the recording was deleted, or another took over."""
        try:
            return bool(await self._pool.fetchval(statement(__package__, "renew_job"), *job.claim, LEASE_SECONDS))
        except DATABASE_LOST:
            return True  # what comes of it is written down only while the claim is this one

    async def _fail(self, job: Job, error: str) -> None:
        _log.warning("transcription.attempt_failed", **job.names, error=error)
        if job.attempts >= MOST_ATTEMPTS:
            await self._conclude(job, "failed", None)
        else:
            await self._release(job, job.attempts, AGAIN_SECONDS * 4 ** (job.attempts - 1))

    async def _release(self, job: Job, attempts: int, delay: float) -> None:
        await self._pool.execute(statement(__package__, "release_job"), *job.claim, attempts, delay)

    async def _drop(self, job: Job, reason: str) -> None:
        await self._pool.execute(statement(__package__, "delete_job"), *job.claim)
        _log.info("transcription.dropped", **job.names, reason=reason)

    async def _conclude(self, job: Job, status: str, text: str | None) -> None:
        """Keep the transcription and forget the job, both or neither; nothing when another took the job over."""
        account_sid, sid, _ = job.claim
        async with self._pool.acquire() as connection, connection.transaction():
            if await connection.fetchval(statement(__package__, "delete_job"), *job.claim):
                transcriptions = Transcriptions(connection)
                await transcriptions.add(account_sid, sid, status=status, kind="fast", text=text, at=self._now())
                _log.info("transcription.made", **job.names, status=status)
