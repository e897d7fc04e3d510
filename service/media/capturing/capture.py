"""What one recording takes from its conversation's audio: the frames' parts that fall into what may be written."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field

from service.domain.recording import Recording
from service.domain.values import Track
from service.media.alone import take
from service.media.encoding import Encoding
from service.media.salvage import place, started_at
from service.media.spool import Piece, Spool
from service.media.timeline import SAMPLES_PER_MS, Span, overlap, written


@dataclass(frozen=True, slots=True, order=True)
class Frame:
    """Audio of one track, at its first sample's place on the conversation's timeline."""

    begin: int
    source: str
    sound: bytes
    encoding: Encoding = field(default=Encoding.ULAW, compare=False)

    @property
    def end(self) -> int:
        return self.begin + len(self.sound) // self.encoding.width

    def part(self, begin: int, end: int) -> bytes:
        width = self.encoding.width
        return self.sound[(begin - self.begin) * width : (end - self.begin) * width]


@dataclass(frozen=True, slots=True)
class Gap:
    """Audio of one track that memory had no room for."""

    begin: int
    end: int
    source: str


LONGEST_RUN = 8000
"""One second: what memory has no room for is no longer than that at a time."""


class _Run:
    """Audio of one track without a gap."""

    __slots__ = ("begin", "encoding", "end", "parts")

    def __init__(self, begin: int, encoding: Encoding) -> None:
        self.begin = self.end = begin
        self.encoding = encoding
        self.parts: list[bytes] = []

    def goes_on(self, begin: int, encoding: Encoding) -> bool:
        return begin == self.end and encoding is self.encoding and self.end - self.begin < LONGEST_RUN

    def take(self, part: bytes, end: int) -> None:
        self.parts.append(part)
        self.end = end

    def piece(self, source: str, origin: int) -> Piece:
        return Piece(source=source, offset=self.begin - origin, sound=b"".join(self.parts), encoding=self.encoding)


class Capture:
    """`origin` is the recording's first sample: where the conversation was at its start, else its first frame.

    `is_torn`: a crash left sound without the origin it was placed by. `missed`: what memory had no room for, in
    samples from the origin. `samples`: how far its spool reached already. One that `is_new` has none yet, and reads no
    disk; any other blocks while it is made.
    """

    def __init__(self, spool: Spool, state: Recording, *, is_new: bool = False) -> None:
        self.spool = spool
        self.state = state
        self.is_torn = False
        self.missed: list[Span] = []
        self.samples = 0 if is_new else _written(spool)
        self.origin = None if is_new else spool.origin
        self._is_begun = self.origin is not None
        self._lock: int | None = None
        if is_new:
            self.origin = started_at(state)
        elif self.origin is None:
            self.origin, self.is_torn = place(spool, state)

    @property
    def is_over(self) -> bool:
        return not self.state.status.is_active

    def is_behind(self, position: int) -> bool:
        """Say whether the recording's end lies before `position`."""
        stopped = self.state.stopped
        return stopped is None or stopped.position is None or stopped.position * SAMPLES_PER_MS <= position

    def take(self, frames: Iterable[Frame]) -> list[Piece]:
        """Return what of `frames`, which come in the order of their time, is this recording's.

        Frames that follow one another are one piece: a write costs more than what it writes.
        """
        track = self._track
        allowed: list[Span] | None = None
        runs: dict[str, list[_Run]] = {}
        for frame in frames:
            if self.origin is None:
                self.origin = frame.begin
            if track is not Track.BOTH and not frame.source.endswith(track):
                continue
            if allowed is None:
                allowed = written(self.state, self.origin)
            for begin, end in overlap((frame.begin, frame.end), allowed):
                of_source = runs.setdefault(frame.source, [])
                if not of_source or not of_source[-1].goes_on(begin, frame.encoding):
                    of_source.append(_Run(begin, frame.encoding))
                of_source[-1].take(frame.part(begin, end), end)
        origin = self.origin or 0
        return [run.piece(source, origin) for source, of_source in runs.items() for run in of_source]

    def miss(self, gaps: Iterable[Gap]) -> None:
        """Take it that nobody has the audio of `gaps`: what of it was this recording's is missed."""
        for gap in gaps:
            origin = gap.begin if self.origin is None else self.origin
            if self._track is Track.BOTH or gap.source.endswith(self._track):
                spans = overlap((gap.begin, gap.end), written(self.state, origin))
                self.missed += [(begin - origin, end - origin) for begin, end in spans]

    def cut(self, pieces: list[Piece]) -> list[Piece]:
        """Return what of `pieces` may still be written: a pause may have become known since they were taken."""
        origin = self.origin or 0
        allowed = [(begin - origin, end - origin) for begin, end in written(self.state, origin)]
        return [piece.part(*span) for piece in pieces for span in overlap((piece.offset, piece.end), allowed)]

    def write(self, pieces: list[Piece]) -> None:
        """Put `pieces` into the spool, which is begun with the first; blocks. Raises OSError."""
        if self.origin is not None and not self._is_begun:
            self.spool.begin(self.origin)
            self._is_begun = True
        if self._lock is None:
            self._lock = take(self.spool.folder)
        self.spool.write(pieces)

    def close(self) -> None:
        """Let others finish the recording: until here its spool is ours, whichever process looks for work."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def _track(self) -> Track:
        return self.state.started.track if self.state.started else Track.BOTH


def _written(spool: Spool) -> int:
    """Return how far a recording was written before, by a process that is gone."""
    try:
        return spool.samples()
    except OSError:
        return 0
