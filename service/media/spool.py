"""Captured audio on its way to a finished file: one folder a recording, one sparse file a track and encoding.

A sample is at its own offset from the recording's start, coded so that silence is zero: what never arrived, what was
paused, and what a crash tore off are holes in the file, and holes are silence.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from service.media.encoding import Encoding
from service.media.mixer import Samples, mixed

_ORIGIN: Final = "origin"
_UPLOAD: Final = "upload.wav"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Audio of one track that is to be written: `offset` in samples from the recording's start."""

    source: str
    offset: int
    sound: bytes
    encoding: Encoding = Encoding.ULAW


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
        return sorted({path.name.removesuffix(encoding.value) for path, encoding in self._tracks()})

    def samples(self) -> int:
        """Return how far the longest track reaches."""
        return max((path.stat().st_size // encoding.width for path, encoding in self._tracks()), default=0)

    def begin(self, origin: int) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        staged = self.folder / f"{_ORIGIN}.new"
        with staged.open("w") as file:
            file.write(str(origin))
            file.flush()
            os.fsync(file.fileno())
        staged.rename(self.folder / _ORIGIN)

    def write(self, pieces: list[Piece]) -> None:
        for source, encoding in {(piece.source, piece.encoding) for piece in pieces}:
            opened = os.open(self._path(source, encoding), os.O_WRONLY | os.O_CREAT, 0o600)
            with os.fdopen(opened, "wb") as track:
                for piece in pieces:
                    if (piece.source, piece.encoding) == (source, encoding):
                        os.pwrite(track.fileno(), encoding.spooled(piece.sound), piece.offset * encoding.width)

    def sync(self) -> None:
        """Have all that was written survive a loss of power."""
        for path in (*self.folder.iterdir(), self.folder):
            opened = os.open(path, os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)

    def read(self, source: str, offset: int, samples: int) -> Samples:
        """Return `samples` samples of one of `sources()`; what lies beyond the end is silence."""
        parts: list[Samples] = []
        for path, encoding in self._tracks():
            if path == self._path(source, encoding):
                with path.open("rb") as track:
                    track.seek(offset * encoding.width)
                    kept = encoding.samples(track.read(samples * encoding.width))
                parts.append(np.pad(kept, (0, samples - len(kept))))
        return parts[0] if len(parts) == 1 else mixed(parts)

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, source: str, encoding: Encoding) -> Path:
        return self.folder / f"{source}{encoding.value}"

    def _tracks(self) -> list[tuple[Path, Encoding]]:
        """Return the files: a track has two when its call was streamed in one encoding and then in the other."""
        return [(path, encoding) for encoding in Encoding for path in self.folder.glob(f"*{encoding.value}")]
