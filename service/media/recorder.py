"""The loop that writes live audio down."""

import asyncio
from collections.abc import Callable

import structlog

from service.media.capture import Capture
from service.media.live import LiveAudio
from service.media.spool import Piece

WRITE_SECONDS = 0.2
SYNC_SECONDS = 1.0
"""How much a loss of power may cost; a kill of the process costs what the last `WRITE_SECONDS` brought."""
Writings = list[tuple[Capture, list[Piece]]]
log = structlog.get_logger()


class Recorder:
    """It asks no database: one that hangs keeps no sound from the disk.

    `clock` counts seconds. `when_captured` is told (account SID, recording SID) when a recording has all its audio in
    the spool.
    """

    def __init__(
        self, live: LiveAudio, clock: Callable[[], float], *, when_captured: Callable[[str, str], None]
    ) -> None:
        self._live = live
        self._clock = clock
        self._when_captured = when_captured
        self._unsynced: set[Capture] = set()
        self._unwritten: Writings = []
        self._synced_at = 0.0

    async def tick(self) -> int:
        """Write down what has arrived; return how many pieces that were."""
        now = self._clock()
        over = [
            (account_sid, live, sid, capture)
            for (account_sid, _), live in self._live.conversations.items()
            for sid, capture in live.over(now).items()
        ]
        ending = {capture for *_, capture in over}
        writings = self._unwritten + self._live.writings(now)
        # A disk that is full for a moment costs nothing: what it refused is tried again while the recording lasts.
        failed = await asyncio.to_thread(self._write, writings)
        self._unwritten = [(capture, pieces) for capture, pieces in failed if capture not in ending]
        self._unsynced |= {capture for capture, _ in writings}
        if now - self._synced_at >= SYNC_SECONDS:
            self._synced_at = now
            ending = set(self._unsynced)
        self._unsynced -= await asyncio.to_thread(self._sync, self._unsynced & ending)
        for account_sid, live, sid, capture in over:
            del live.captures[sid]
            self._unsynced.discard(capture)
            if capture.origin is not None or capture.spool.upload.exists():
                self._when_captured(account_sid, sid)
        self._live.forget()
        return sum(len(pieces) for _, pieces in writings)

    async def run(self) -> None:
        """Repeat `tick`; when cancelled, write down what is at hand."""
        try:
            while True:
                try:
                    await self.tick()
                except Exception:
                    log.exception("recorder.failed")  # other calls go on, whatever it was
                await asyncio.sleep(WRITE_SECONDS)
        finally:
            writings = self._unwritten + self._live.writings(float("inf"))
            self._write(writings)
            self._sync(self._unsynced | {capture for capture, _ in writings})

    def _write(self, writings: Writings) -> Writings:
        """Write; return what the disk refused."""
        failed: Writings = []
        for capture, pieces in writings:
            try:
                capture.write(pieces)
            except OSError as error:
                log.error("capture.failed", spool=str(capture.spool.folder), error=str(error))  # noqa: TRY400 - the sentence says it
                failed.append((capture, pieces))
        return failed

    def _sync(self, captures: set[Capture]) -> set[Capture]:
        """Have what was written survive a loss of power; return whose that is true of."""
        synced = set()
        for capture in captures:
            try:
                capture.spool.sync()
                synced.add(capture)
            except OSError as error:
                log.error("capture.not_synced", spool=str(capture.spool.folder), error=str(error))  # noqa: TRY400 - the same
        return synced
