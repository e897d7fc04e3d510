"""Captured audio on its way to a finished file: one folder a recording, one sparse file a track.

A byte is a μ-law sample with its bits inverted, at the sample's own offset from the recording's start. So silence is
zero: what never arrived, what was paused, and what a crash tore off are holes in the file, and holes are silence.
"""

import errno
import os
import re
import shutil
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

_INVERT: Final = bytes(byte ^ 0xFF for byte in range(256))
_ORIGIN: Final = "origin"
_UPLOAD: Final = "upload.wav"
_SUFFIX: Final = ".ulaw"
_TRACK: Final = re.compile(r"(CA[0-9a-fA-F]{32}\.)?(in|out)bound")
_LONGEST_PIECE: Final = 8000


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Audio of one track that is to be written: `offset` in samples from the recording's start."""

    source: str
    offset: int
    ulaw: bytes

    @property
    def end(self) -> int:
        return self.offset + len(self.ulaw)

    def part(self, begin: int, end: int) -> "Piece":
        """Return what of it lies from `begin` to `end`, which are within it."""
        if (begin, end) == (self.offset, self.end):
            return self
        return Piece(source=self.source, offset=begin, ulaw=self.ulaw[begin - self.offset : end - self.offset])


def joined(pieces: Iterable[Piece]) -> list[Piece]:
    """Return the same audio in fewer pieces: those of a track that follow each other become one, of a second at most.

    Within a track their order stays: of two that overlap the later one is heard.
    """
    runs: dict[str, list[list[Piece]]] = {}
    for piece in pieces:
        of_track = runs.setdefault(piece.source, [])
        if of_track and of_track[-1][-1].end == piece.offset and piece.end - of_track[-1][0].offset <= _LONGEST_PIECE:
            of_track[-1].append(piece)
        else:
            of_track.append([piece])
    return [_one(run) for of_track in runs.values() for run in of_track]


def _one(run: list[Piece]) -> Piece:
    if len(run) == 1:
        return run[0]
    return Piece(source=run[0].source, offset=run[0].offset, ulaw=b"".join(piece.ulaw for piece in run))


class Spool:
    """The folder of one recording. Its methods block: call them in a thread."""

    def __init__(self, data_dir: Path, account_sid: str, recording_sid: str) -> None:
        self.folder = data_dir / "spool" / account_sid / recording_sid

    @property
    def origin(self) -> int | None:
        """Where on the conversation's timeline the recording's first sample lies.

        None while no audio came, and when a crash left nothing that can be read: see `salvage`.
        """
        return self._number(_ORIGIN)

    @property
    def staged_origin(self) -> int | None:
        """The same, as it was about to be written down when a crash came."""
        return self._number(f"{_ORIGIN}.new")

    @property
    def has_sound(self) -> bool:
        """Say whether anything was captured or uploaded, readable or not. Raises OSError when nobody can know."""
        return self.upload.exists() or self.origin is not None or bool(self.sources())

    @property
    def upload(self) -> Path:
        return self.folder / _UPLOAD

    def sources(self) -> list[str]:
        """Return the names of the tracks; what else lies in the folder is none of ours. Raises OSError."""
        try:
            names = os.listdir(self.folder)
        except (FileNotFoundError, NotADirectoryError):
            return []
        found = {name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)}
        return sorted(source for source in found if _TRACK.fullmatch(source))

    def length(self, source: str) -> int:
        """Return how many samples a track has room for. Raises OSError."""
        return self._path(source).stat().st_size

    def samples(self) -> int:
        """Return how far the longest track reaches."""
        return max((self.length(source) for source in self.sources()), default=0)

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
                        _write(track.fileno(), piece.ulaw.translate(_INVERT), piece.offset)

    def sync(self) -> None:
        """Have all that was written survive a loss of power."""
        tracks = [self._path(source) for source in self.sources()]
        for path in (*tracks, *([self.upload] if self.upload.exists() else ()), self.folder):
            opened = os.open(path, os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)

    def read(self, source: str, offset: int, samples: int) -> "np.ndarray[tuple[int], np.dtype[np.int16]]":
        """Return `samples` samples; what lies beyond the end is silence."""
        with self.open(source) as track:
            track.seek(offset)
            kept = np.frombuffer(track.read(samples), dtype=np.uint8)
        return np.pad(_LINEAR[kept], (0, samples - len(kept)))

    def open(self, source: str) -> BinaryIO:
        """Open a track to read it. Raises OSError; one that is no file cannot keep us waiting."""
        track = os.fdopen(os.open(self._path(source), os.O_RDONLY | os.O_NONBLOCK), "rb")
        if not stat.S_ISREG(os.fstat(track.fileno()).st_mode):
            track.close()
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return track

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, source: str) -> Path:
        return self.folder / f"{source}{_SUFFIX}"

    def _number(self, name: str) -> int | None:
        try:
            return int((self.folder / name).read_text())
        except (OSError, ValueError):
            return None


def _write(track: int, coded: bytes, offset: int) -> None:
    """Write all of it: a disk that is nearly full takes a part, and says so by the number alone."""
    while coded:
        written = os.pwrite(track, coded, offset)
        coded, offset = coded[written:], offset + written


def _linear() -> "np.ndarray[tuple[int], np.dtype[np.int16]]":
    """Return the 16-bit value of each spooled byte (ITU-T G.711 μ-law; the inversion is part of that coding)."""
    codes = np.arange(256)
    exponent, mantissa = codes >> 4 & 7, codes & 15
    magnitude = ((mantissa << 3) + 132 << exponent) - 132
    return np.where(codes & 0x80, -magnitude, magnitude).astype(np.int16)


_LINEAR: Final = _linear()
