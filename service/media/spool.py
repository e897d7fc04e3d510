"""Captured audio on its way to a finished file: one folder a recording, one sparse file a track and encoding.

A sample is at its own offset from the recording's start, coded so that silence is zero: what never arrived, what was
paused, and what a crash tore off are holes in the file, and holes are silence.
"""

import errno
import os
import re
import shutil
import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from service.application.durable import make_folder, sync
from service.media.encoding import Encoding
from service.media.sound.mixer import Samples, mixed

_ORIGIN: Final = "origin"
_UPLOAD: Final = "upload.wav"
_SOURCE: Final = re.compile(r"(CA[0-9a-fA-F]{32}\.)?(in|out)bound")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Audio of one track that is to be written: `offset` in samples from the recording's start."""

    source: str
    offset: int
    sound: bytes
    encoding: Encoding = Encoding.ULAW

    @property
    def end(self) -> int:
        return self.offset + len(self.sound) // self.encoding.width

    def part(self, begin: int, end: int) -> "Piece":
        """Return what of it lies from `begin` to `end`, which are within it."""
        if (begin, end) == (self.offset, self.end):
            return self
        width = self.encoding.width
        return replace(
            self, offset=begin, sound=self.sound[(begin - self.offset) * width : (end - self.offset) * width]
        )


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
    def upload(self) -> Path:
        return self.folder / _UPLOAD

    @property
    def has_sound(self) -> bool:
        """Say whether anything was captured or uploaded, readable or not. Raises OSError when nobody can know."""
        return self.upload.exists() or self.origin is not None or bool(self.tracks())

    def sources(self) -> list[str]:
        return sorted({path.name.removesuffix(encoding.value) for path, encoding in self.tracks()})

    def samples(self) -> int:
        """Return how far the longest track reaches."""
        return max((path.stat().st_size // encoding.width for path, encoding in self.tracks()), default=0)

    def begin(self, origin: int) -> None:
        self.make()
        staged = self.folder / f"{_ORIGIN}.new"
        with staged.open("w") as file:
            file.write(str(origin))
            file.flush()
            os.fsync(file.fileno())
        staged.rename(self.folder / _ORIGIN)

    def make(self) -> None:
        """Make the folder, so that a loss of power does not take it away."""
        make_folder(self.folder)

    def write(self, pieces: list[Piece]) -> None:
        for source, encoding in {(piece.source, piece.encoding) for piece in pieces}:
            opened = os.open(self._path(source, encoding), os.O_WRONLY | os.O_CREAT, 0o600)
            with os.fdopen(opened, "wb") as track:
                try:
                    for piece in pieces:
                        if (piece.source, piece.encoding) == (source, encoding):
                            _write(track.fileno(), encoding.spooled(piece.sound), piece.offset * encoding.width)
                finally:
                    found = os.fstat(track.fileno())
                    if stat.S_ISREG(found.st_mode) and not found.st_size:
                        self._path(source, encoding).unlink()

    def sync(self) -> None:
        """Have all that was written survive a loss of power."""
        uploaded = [self.upload] if self.upload.exists() else []
        for path in (*(path for path, _ in self.tracks()), *uploaded, self.folder):
            sync(path)

    def read(self, source: str, offset: int, samples: int) -> Samples:
        """Return `samples` samples of one of `sources()`; what lies beyond the end is silence."""
        parts: list[Samples] = []
        for path, encoding in self.tracks():
            if path == self._path(source, encoding):
                with opened_track(path) as track:
                    track.seek(offset * encoding.width)
                    kept = encoding.samples(track.read(samples * encoding.width))
                parts.append(np.pad(kept, (0, samples - len(kept))))
        return parts[0] if len(parts) == 1 else mixed(parts)

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, source: str, encoding: Encoding) -> Path:
        return self.folder / f"{source}{encoding.value}"

    def tracks(self) -> list[tuple[Path, Encoding]]:
        """Return the files: a track has two when its call was streamed in one encoding and then in the other.

        What else lies in the folder is none of ours. Raises OSError when it cannot be listed.
        """
        try:
            names = sorted(path.name for path in self.folder.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []
        found = [(name, encoding) for encoding in Encoding for name in names if name.endswith(encoding.value)]
        return [(self.folder / name, one) for name, one in found if _SOURCE.fullmatch(name.removesuffix(one.value))]

    def _number(self, name: str) -> int | None:
        try:
            return int((self.folder / name).read_text())
        except (OSError, ValueError):
            return None


def opened_track(path: Path) -> BinaryIO:
    """Open a track to read it. Raises OSError: one that is no file must not keep us waiting."""
    opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    return os.fdopen(opened, "rb")


def _write(track: int, coded: bytes, offset: int) -> None:
    """Write all of it: a disk that is nearly full takes a part, and says so by the number alone."""
    while coded:
        taken = os.pwrite(track, coded, offset)
        coded, offset = coded[taken:], offset + taken
