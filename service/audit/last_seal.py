"""The last seal, noted where the database does not reach: who takes seals out of it cannot have the key sign anew."""

import fcntl
import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME: Final = "seal.last"


class SealNoted(NamedTuple):
    n: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class LastSeal:
    """`seal.last` in a data folder: the newest seal that a process on it has made or met."""

    folder: Path

    def read(self) -> SealNoted | None:
        """Return what is noted; None when nothing is. Raises ValueError when it cannot be told what."""
        path = self.folder / NAME
        try:
            said = orjson.loads(path.read_bytes())
            return SealNoted(int(said["n"]), bytes.fromhex(said["hash"]))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            raise ValueError(f'{path} should be {{"n": …, "hash": "…"}} of the last seal') from None

    def note(self, seal: SealNoted) -> None:
        """Note a seal, durably, unless a later one is noted already."""
        with self._alone() as folder:
            noted = self.read()
            if noted and noted.n >= seal.n:
                return
            staged = self.folder / f"{NAME}.new"
            with staged.open("wb") as file:
                file.write(orjson.dumps({"n": seal.n, "hash": seal.hash.hex()}) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            staged.replace(self.folder / NAME)
            os.fsync(folder)

    @contextmanager
    def _alone(self) -> "Iterator[int]":
        """Hold the folder: of two processes the slower would put back the older seal."""
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield folder
        finally:
            os.close(folder)
