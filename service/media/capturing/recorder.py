"""The loop that writes live audio down."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import structlog

from service.domain.values import DamageCause
from service.media.capturing.backlog import Backlog, Writing
from service.media.capturing.capture import Capture
from service.media.capturing.damages import Damages
from service.media.capturing.live import LiveAudio
from service.media.capturing.memory import Share
from service.media.capturing.toll import Toll
from service.media.capturing.writers import Writers
from service.media.salvage import TORN
from service.media.timeline import Span

WRITE_SECONDS = 0.2
SYNC_SECONDS = 1.0
"""How much a loss of power may cost; a kill of the process costs what the last `WRITE_SECONDS` brought."""
RETRY_SECONDS = 1.0
"""A disk that took nothing is asked again after this."""
OVER_SECONDS = 5.0
"""A loss is over when nothing more was lost for this long: a disk that stumbles makes one event, not many."""
HANGS_SECONDS = 5.0
"""A file that takes longer is said to hang."""
LAST_SECONDS = 5.0
"""What a disk that hangs, and then a database, may take of the service's end."""
NO_MEMORY = "no memory was left for sound that waited to be written"
log = structlog.get_logger()


class Recorder:
    """It waits for no database, and for no file: one that hangs keeps no other sound from the disk.

    `clock` counts seconds. A disk that refuses sound is asked again for `disk_retry` seconds; then the recording ends
    with what it has. `when_captured` is told (account SID, recording SID) when a recording has all its audio in the
    spool, and all that was lost of it is on record.
    """

    def __init__(
        self,
        live: LiveAudio,
        clock: Callable[[], float],
        damages: Damages,
        *,
        disk_retry: float,
        when_captured: Callable[[str, str], None],
    ) -> None:
        self.toll = Toll()
        self._live = live
        self._clock = clock
        self._damages = damages
        self._disk_retry = disk_retry
        self._when_captured = when_captured
        self._writers = Writers()
        self._backlogs: dict[Capture, Backlog] = {}
        self._synced_at = 0.0

    async def tick(self) -> int:
        """Write down what has arrived; return how many recordings that was for."""
        now = self._clock()
        over = {capture for live in self._live.conversations.values() for capture in live.over(now).values()}
        self._gather(now, now)
        if is_sync := now - self._synced_at >= SYNC_SECONDS:
            self._synced_at = now
        turns = [
            turn
            for capture, backlog in self._backlogs.items()
            if (turn := backlog.begin(now, is_sync=is_sync or capture in over))
        ]
        for turn in await self._writers.run(turns, WRITE_SECONDS):
            _take_back(turn, now)
        for capture, backlog in list(self._backlogs.items()):
            self._settle(backlog, now, is_over=capture in over)
        self._live.forget()
        self.toll.say(now)
        return len(turns)

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
            await self._last()

    async def _last(self) -> None:
        now = self._clock()
        done = await self._writers.rest(LAST_SECONDS)
        for turn in done:
            _take_back(turn, now)
        self._gather(float("inf"), now)
        begun = [one.begin(float("inf"), is_sync=True) for one in self._backlogs.values()]
        for turn in await self._writers.run([turn for turn in begun if turn], LAST_SECONDS):
            _take_back(turn, now)
        for backlog in self._backlogs.values():
            if not (backlog.is_empty or backlog.is_given_up):
                self._give_up(backlog)
            self._report(backlog)
        self.toll.say(float("inf"))
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                await self._damages.tick()

    def _gather(self, until: float, now: float) -> None:
        """Let what has arrived by the clock's `until` wait for its turn at the files."""
        for (account_sid, _), live in self._live.conversations.items():
            for sid, capture in live.captures.items():
                if capture not in self._backlogs:
                    self._backlogs[capture] = Backlog(account_sid, sid, capture, Share(self._live.memory))
                    if capture.is_torn:
                        self._damages.damaged(account_sid, sid, DamageCause.SPOOL, None, TORN)
        for capture, pieces in self._live.writings(until):
            backlog = self._backlogs[capture]
            if not backlog.is_given_up:
                self._lose(backlog, backlog.take(pieces), now)
        for capture, backlog in self._backlogs.items():
            missed, capture.missed = capture.missed, []
            self._lose(backlog, missed, now)

    def _lose(self, backlog: Backlog, spans: list[Span], now: float) -> None:
        if spans and not backlog.is_given_up:
            backlog.lost_at = now
            backlog.losses[DamageCause.MEMORY].add(spans)
            self.toll.add(DamageCause.MEMORY, backlog.sid, spans)

    def _settle(self, backlog: Backlog, now: float, *, is_over: bool) -> None:
        """See what is to become of a recording whose disk refuses it, whose loss is over, or that is over itself."""
        if turn := backlog.under_way:
            _say_if_it_hangs(turn, now)
        elif backlog.refused_since is not None and not backlog.is_given_up:
            is_full = backlog.lost_at >= backlog.refused_since
            if is_full or now - backlog.refused_since >= self._disk_retry:
                self._end(backlog)
        is_all = is_over and backlog.is_empty
        if is_all or (backlog.is_writing_again and now - backlog.lost_at >= OVER_SECONDS):
            self._report(backlog)
        if is_all and not self._damages.is_waiting(backlog.account_sid, backlog.sid):
            self._hand_over(backlog)

    def _end(self, backlog: Backlog) -> None:
        """End a recording that the disk does not take: it has what was written."""
        self._give_up(backlog)
        log.error("capture.ended", recording=backlog.sid, error=backlog.reason)
        self._report(backlog)
        if not backlog.capture.is_over:
            self._damages.ended(backlog.account_sid, backlog.sid, backlog.end_position)

    def _give_up(self, backlog: Backlog) -> None:
        lost = backlog.give_up()
        self.toll.add(DamageCause.DISK, backlog.sid, lost)

    def _report(self, backlog: Backlog) -> None:
        """Have on record what the recording lost since it was last said."""
        for cause, detail in ((DamageCause.MEMORY, NO_MEMORY), (DamageCause.DISK, backlog.reason)):
            if losses := backlog.losses[cause]:
                self._damages.damaged(backlog.account_sid, backlog.sid, cause, losses.ms, detail)
                losses.clear()

    def _hand_over(self, backlog: Backlog) -> None:
        capture = backlog.capture
        capture.close()
        del self._backlogs[capture]
        for live in self._live.conversations.values():
            if live.captures.get(backlog.sid) is capture:
                del live.captures[backlog.sid]
        if capture.origin is not None or capture.spool.upload.exists():
            self._when_captured(backlog.account_sid, backlog.sid)


def _say_if_it_hangs(turn: Writing, now: float) -> None:
    if now - turn.begun_at >= HANGS_SECONDS and not turn.is_said_to_hang:
        turn.is_said_to_hang = True
        log.error("capture.hangs", recording=turn.backlog.sid, seconds=round(now - turn.begun_at, 1))


def _take_back(turn: Writing, now: float) -> None:
    """Let a recording go on after a turn at its files, or ask the disk again in a while."""
    backlog, error = turn.backlog, turn.error
    backlog.end(turn)
    if error is None:
        if backlog.refused_since is not None:
            log.warning("capture.recovered", recording=backlog.sid, seconds=round(now - backlog.refused_since, 1))
        backlog.refused_since, backlog.written_at = None, now
        return
    backlog.try_at = now + RETRY_SECONDS
    backlog.reason = (isinstance(error, OSError) and error.strerror) or type(error).__name__
    if backlog.refused_since is None:
        backlog.refused_since = now
        unknown = None if isinstance(error, OSError) else error
        log.error("capture.failed", recording=backlog.sid, error=backlog.reason, exc_info=unknown)
