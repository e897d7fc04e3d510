"""Captured audio on its way to a finished file: one folder a recording, one sparse file a track.

A byte is a μ-law sample with its bits inverted, at the sample's own offset from the recording's start. So silence is
zero: what never arrived, what was paused, and what a crash tore off are holes in the file, and holes are silence.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

_INVERT: Final = bytes(byte ^ 0xFF for byte in range(256))
_ORIGIN: Final = "origin"
_UPLOAD: Final = "upload.wav"
_SUFFIX: Final = ".ulaw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Audio of one track that is to be written: `offset` in samples from the recording's start."""

    source: str
    offset: int
    ulaw: bytes


class Spool:
    """The folder of one recording. Its methods block: call them in a thread."""

    def __init__(self, data_dir: Path, account_sid: str, recording_sid: str) -> None:
        self.folder = data_dir / "spool" / account_sid / recording_sid

    @property
    def origin(self) -> int | None:
        """Where on the conversation's timeline the recording's first sample lies; None while no audio came."""
        try:
            return int((self.folder / _ORIGIN).read_text())
        except (FileNotFoundError, ValueError):
            return None

    @property
    def upload(self) -> Path:
        return self.folder / _UPLOAD

    def sources(self) -> list[str]:
        return sorted(path.name.removesuffix(_SUFFIX) for path in self.folder.glob(f"*{_SUFFIX}"))

    def samples(self) -> int:
        """Return how far the longest track reaches."""
        return max((self._path(source).stat().st_size for source in self.sources()), default=0)

    def begin(self, origin: int) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        staged = self.folder / f"{_ORIGIN}.new"
        with staged.open("w") as file:
            file.write(str(origin))
            file.flush()
            os.fsync(file.fileno())
        staged.rename(self.folder / _ORIGIN)

    def write(self, pieces: list[Piece]) -> None:
        for source in {piece.source for piece in pieces}:
            with os.fdopen(os.open(self._path(source), os.O_WRONLY | os.O_CREAT, 0o600), "wb") as track:
                for piece in pieces:
                    if piece.source == source:
                        os.pwrite(track.fileno(), piece.ulaw.translate(_INVERT), piece.offset)

    def sync(self) -> None:
        """Have all that was written survive a loss of power."""
        for path in (*self.folder.iterdir(), self.folder):
            opened = os.open(path, os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)

    def read(self, source: str, offset: int, samples: int) -> "np.ndarray[tuple[int], np.dtype[np.int16]]":
        """Return `samples` samples; what lies beyond the end is silence."""
        with self._path(source).open("rb") as track:
            track.seek(offset)
            kept = np.frombuffer(track.read(samples), dtype=np.uint8)
        return np.pad(_LINEAR[kept], (0, samples - len(kept)))

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, source: str) -> Path:
        return self.folder / f"{source}{_SUFFIX}"


def _linear() -> "np.ndarray[tuple[int], np.dtype[np.int16]]":
    """Return the 16-bit value of each spooled byte (ITU-T G.711 μ-law; the inversion is part of that coding)."""
    codes = np.arange(256)
    exponent, mantissa = codes >> 4 & 7, codes & 15
    magnitude = ((mantissa << 3) + 132 << exponent) - 132
    return np.where(codes & 0x80, -magnitude, magnitude).astype(np.int16)


_LINEAR: Final = _linear()
