"""What one recording has yet to write, and what of its sound was lost. Sound of a pause is never in it."""

from collections.abc import Iterable

from service.domain.recording import Recording
from service.domain.values import DamageCause
from service.media.capturing.capture import Capture
from service.media.capturing.losses import Losses
from service.media.capturing.memory import OVERHEAD, Share
from service.media.spool import Piece
from service.media.timeline import SAMPLES_PER_MS, Span


class Writing:
    """One turn at a recording's files, in a thread: `pieces` are written, and all is synced when that `is_sync`.

    `error` is what kept it from being done, None when nothing did.
    """

    def __init__(self, backlog: "Backlog", pieces: list[Piece], begun_at: float, *, is_sync: bool) -> None:
        self.backlog = backlog
        self.pieces = pieces
        self.begun_at = begun_at
        self.is_said_to_hang = False
        self.cost = sum(map(_cost, pieces))
        self.is_sync = is_sync
        self.is_written = False
        self.error: Exception | None = None
        self._state = backlog.cut_for

    def do(self) -> None:
        capture = self.backlog.capture
        try:
            if capture.state is not self._state:
                self.pieces = capture.cut(self.pieces)
            if self.pieces:
                capture.write(self.pieces)
            self.is_written = True
            if self.is_sync:
                capture.spool.sync()
        except Exception as error:  # noqa: BLE001 - the loop that takes it back says what it was
            self.error = error


class Backlog:
    """`cut_for`: the state by which all that waits may be written, None when some of it is to be cut anew.

    `refused_since`: when the disk first took nothing, `try_at`: when it is asked again; `lost_at` and `written_at`:
    when memory last had no room, and the disk last took what there was. `reached`: how far it was written, in samples.
    """

    def __init__(self, account_sid: str, sid: str, capture: Capture, share: Share) -> None:
        self.account_sid = account_sid
        self.sid = sid
        self.capture = capture
        self.cut_for: Recording | None = capture.state
        self.losses = {cause: Losses() for cause in (DamageCause.MEMORY, DamageCause.DISK)}
        self.lost_at = float("-inf")
        self.written_at = float("-inf")
        self.refused_since: float | None = None
        self.try_at = 0.0
        self.reason = "the disk did not answer"
        self.reached = capture.samples
        self.under_way: Writing | None = None
        self.is_given_up = False
        self._share = share
        self._waiting: list[Piece] = []
        self._unsynced: list[Piece] = []

    @property
    def is_empty(self) -> bool:
        return not (self._waiting or self._unsynced or self.under_way)

    @property
    def is_writing_again(self) -> bool:
        """Say whether the disk has taken something since the last loss, or has nothing to take."""
        return self.written_at > self.lost_at or not (self._waiting or self.under_way)

    def take(self, pieces: Iterable[Piece]) -> list[Span]:
        """Let `pieces` wait to be written; return the stretches that memory has no room for."""
        if not self._waiting:
            self.cut_for = self.capture.state
        refused = []
        for piece in pieces:
            if self._share.take(_cost(piece)):
                self._waiting.append(piece)
            else:
                refused.append((piece.offset, piece.end))
        return refused

    def begin(self, now: float, *, is_sync: bool) -> Writing | None:
        """Return what is to be done at the files now; None when nothing is, or another turn is not back yet."""
        # What was refused is synced at once: only then is it known that the disk takes sound again.
        is_sync = is_sync or self.refused_since is not None
        is_due = self._waiting or (is_sync and self._unsynced)
        if self.under_way or self.is_given_up or now < self.try_at or not is_due:
            return None
        if self.capture.state is not self.cut_for:
            self._waiting = self._cut(self._waiting)
            self.cut_for = self.capture.state
        self.under_way = Writing(self, self._waiting, now, is_sync=is_sync)
        self._waiting = []
        return self.under_way

    def end(self, writing: Writing) -> None:
        """Take a turn back: what was done need not be kept, what was not is to be done again."""
        self.under_way = None
        self._share.free(writing.cost)
        self._share.hold(sum(map(_cost, writing.pieces)))
        if self.is_given_up:
            self._free(writing.pieces)
        elif writing.is_written:
            self.reached = max([self.reached, *(piece.end for piece in writing.pieces)])
            self._unsynced += writing.pieces
        if self.is_given_up:
            return
        if writing.error is None:
            if writing.is_sync:
                self._free(self._unsynced)
                self._unsynced = []
        elif writing.is_written:
            # What could not be synced is written again: the system may have dropped it, and says so but once.
            self._again(self._unsynced)
            self._unsynced = []
        else:
            self._again(writing.pieces)

    def give_up(self) -> list[Span]:
        """Keep nothing any more; return what that loses to the disk."""
        self.is_given_up = True
        unwritten = self.capture.cut((self.under_way.pieces if self.under_way else []) + self._waiting)
        lost = [(piece.offset, piece.end) for piece in unwritten]
        self.losses[DamageCause.DISK].add(lost)
        self._free(self._waiting + self._unsynced)
        self._waiting, self._unsynced = [], []
        return lost

    @property
    def end_position(self) -> int | None:
        """Return where what was written ends, in ms of the conversation's timeline."""
        origin = self.capture.origin
        return None if origin is None else -(-(origin + self.reached) // SAMPLES_PER_MS)

    def _again(self, pieces: list[Piece]) -> None:
        self._waiting, self.cut_for = pieces + self._waiting, None

    def _cut(self, pieces: list[Piece]) -> list[Piece]:
        kept = self.capture.cut(pieces)
        self._free(pieces)
        self._share.hold(sum(map(_cost, kept)))
        return kept

    def _free(self, pieces: list[Piece]) -> None:
        self._share.free(sum(map(_cost, pieces)))


def _cost(piece: Piece) -> int:
    return len(piece.sound) + OVERHEAD
