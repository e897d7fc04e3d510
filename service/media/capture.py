"""What one recording takes from its conversation's audio: the frames' parts that fall into what may be written."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from service.domain.recording import Recording
from service.domain.values import Track
from service.media.encoding import Encoding
from service.media.spool import Piece, Spool
from service.media.timeline import SAMPLES_PER_MS, overlap, written


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


class Capture:
    """`origin` is the recording's first sample: where the conversation was at its start, else its first frame."""

    def __init__(self, spool: Spool, state: Recording) -> None:
        self.spool = spool
        self.state = state
        self.origin = spool.origin
        self._is_begun = self.origin is not None
        if self.origin is None and state.started is not None and state.started.position is not None:
            self.origin = state.started.position * SAMPLES_PER_MS

    @property
    def is_over(self) -> bool:
        return not self.state.status.is_active

    def is_behind(self, position: int) -> bool:
        """Say whether the recording's end lies before `position`."""
        stopped = self.state.stopped
        return stopped is None or stopped.position is None or stopped.position * SAMPLES_PER_MS <= position

    def take(self, frames: Iterable[Frame]) -> list[Piece]:
        """Return what of `frames`, which come in the order of their time, is this recording's."""
        track = self.state.started.track if self.state.started else Track.BOTH
        pieces: list[Piece] = []
        for frame in frames:
            if self.origin is None:
                self.origin = frame.begin
            if track is not Track.BOTH and not frame.source.endswith(track):
                continue
            for begin, end in overlap((frame.begin, frame.end), written(self.state, self.origin)):
                sound, offset = frame.part(begin, end), begin - self.origin
                pieces.append(Piece(source=frame.source, offset=offset, sound=sound, encoding=frame.encoding))
        return pieces

    def write(self, pieces: list[Piece]) -> None:
        """Put `pieces` into the spool, which is begun with the first; blocks."""
        if self.origin is not None and not self._is_begun:
            self.spool.begin(self.origin)
            self._is_begun = True
        self.spool.write(pieces)
