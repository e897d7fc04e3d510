"""Every kind of recording there is: what was said on its tracks, and what of it the files must hold."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
import soundfile

from facts import AC, CA, RE, started
from service.domain.events import RecordingPaused, RecordingResumed, RecordingStopped
from service.domain.recording import Recording, fold
from service.domain.values import PauseBehavior, StopCause, Track
from service.media.capturing.capture import Capture, Frame
from service.media.spool import Spool
from speaker import FRAME, heard, ulaw

RATE = 8000
KEPT = 1200
"""What trimming leaves of the silence on each side."""
SPOKEN = {"inbound": (440, 0.2, 0.9), "outbound": (700, 0.3, 0.8)}
"""A side's tone in Hz, and from which part of the call to which it is heard; the rest is silence."""
PAUSED = (0.4, 0.6)
LENGTHS = (0.2, 1.0, 7.3)
PAUSES = (None, *PauseBehavior)
TRIMS = ("do-not-trim", "trim-silence")
UPLOADS = tuple(product(("PCM_16", "ULAW", "ALAW"), (8000, 16000, 44100, 48000), (1, 2)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`upload`: subtype, rate and channels of the WAV that the switch made; else sound comes as frames."""

    sources: tuple[str, ...] = ()
    upload: tuple[str, int, int] | None = None
    conference: bool = False
    track: Track = Track.BOTH
    pause: PauseBehavior | None = None
    trim: str = "do-not-trim"
    seconds: float

    def __str__(self) -> str:
        named = "-".join(map(str, self.upload)) if self.upload else "+".join(self.sources)
        return f"{named}-{self.track}-{self.pause}-{self.trim}-{self.seconds}"

    @property
    def channels(self) -> int:
        if self.upload:
            return self.upload[2]
        return 1 if self.conference else 2

    @property
    def is_exact(self) -> bool:
        """Another rate is resampled, which softens where a sound begins."""
        return self.upload is None or self.upload[1] == RATE


def cases() -> Iterator[Case]:
    streams = (("inbound", "outbound"), ("inbound",))
    for sources, track, pause, trim, seconds in product(streams, Track, PAUSES, TRIMS, LENGTHS):
        if track is Track.BOTH or track in sources:
            yield Case(sources=sources, track=track, pause=pause, trim=trim, seconds=seconds)
    parties = (f"{CA}.inbound", f"{CA[:-1]}0.inbound", f"{CA[:-1]}1.inbound")
    for pause, trim, seconds in product(PAUSES, TRIMS, LENGTHS):
        yield Case(sources=parties, conference=True, pause=pause, trim=trim, seconds=seconds)
    for upload, trim, seconds in product(UPLOADS, TRIMS, LENGTHS):
        yield Case(upload=upload, trim=trim, seconds=seconds)


def said(case: Case, source: str, rate: int = RATE) -> np.ndarray:
    """Return what a source says, as a telephone line carries it."""
    pitch, begin, end = SPOKEN[source.rpartition(".")[2]]
    at = np.arange(round(case.seconds * rate)) / rate
    spoken = (at >= begin * case.seconds) & (at < end * case.seconds)
    samples = (8000 * np.sin(2 * np.pi * pitch * (at - begin * case.seconds)) * spoken).astype(np.int16)
    return heard(ulaw(samples)) if rate == RATE else samples


def coded(samples: np.ndarray, subtype: str) -> np.ndarray:
    """Return samples as they come back from a file of that kind."""
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, subtype, format="WAV")
    file.seek(0)
    return soundfile.read(file, dtype="int16")[0]


def state(case: Case) -> Recording:
    first = replace(started(conference=case.conference, trim=case.trim), track=case.track)
    begin, end = (round(part * case.seconds * 1000) for part in PAUSED)
    pause = [RecordingPaused(behavior=case.pause, position=begin), RecordingResumed(position=end)] if case.pause else []
    return fold([first, *pause, RecordingStopped(cause=StopCause.API, position=round(case.seconds * 1000))])


def spooled(case: Case, data_dir: Path) -> Recording:
    """Bring the case's sound into the spool as it comes from a switch; return the recording."""
    spool, recording = Spool(data_dir, AC, RE), state(case)
    if case.upload:
        subtype, rate, channels = case.upload
        spool.folder.mkdir(parents=True)
        sides = [said(case, source, rate) for source in list(SPOKEN)[:channels]]
        soundfile.write(spool.upload, np.stack(sides, axis=1), rate, subtype, format="WAV")
        return recording
    tracks = {source: ulaw(said(case, source)) for source in case.sources}
    length = round(case.seconds * RATE)
    frames = [Frame(at, name, tracks[name][at : at + FRAME]) for at in range(0, length, FRAME) for name in tracks]
    capture = Capture(spool, recording)
    if pieces := capture.take(frames):
        capture.write(pieces)
    return recording


def expected(case: Case) -> np.ndarray:
    """Return what must be in the file, one column a channel."""
    length = round(case.seconds * RATE)
    silence = np.zeros(length, np.int16)
    if case.upload:
        columns = [coded(said(case, source), case.upload[0]) for source in list(SPOKEN)[: case.channels]]
    elif case.conference:
        columns = [np.clip(sum(said(case, source).astype(int) for source in case.sources), -32768, 32767)]
    else:
        wanted = [side if case.track in {side, Track.BOTH} and side in case.sources else None for side in SPOKEN]
        columns = [silence if side is None else said(case, side) for side in wanted]
    return _trimmed(_paused(np.stack(columns, axis=1).astype(np.int16), case), case)


def _paused(samples: np.ndarray, case: Case) -> np.ndarray:
    gap = slice(*(round(part * case.seconds * 1000) * 8 for part in PAUSED))
    if case.pause is PauseBehavior.SKIP:
        return np.delete(samples, gap, axis=0)
    if case.pause is PauseBehavior.SILENCE:
        samples[gap] = 0
    return samples


def _trimmed(samples: np.ndarray, case: Case) -> np.ndarray:
    if case.trim == "do-not-trim":
        return samples
    sounding = np.flatnonzero(np.abs(samples.astype(int).sum(axis=1)) > 100) // FRAME * FRAME  # A-law has no zero
    return samples[max(0, sounding[0] - KEPT) : sounding[-1] + FRAME + KEPT]
