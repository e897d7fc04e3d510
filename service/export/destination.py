"""Where exports go: a folder or an object store. Files appear there whole or not at all."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

from service.application.durable import make_folder, sync
from service.media.storing.address import InvalidStore, parse_store
from service.media.storing.bucket import Bucket

_STAGED = ".part"


class WrongDestination(ValueError):  # noqa: N818 - an answer to the operator
    """What was written after --to is no place for files; the message says why, and what would be one."""


class Destination(Protocol):
    """Keys are relative, with slashes. What a store refuses is raised as StoreFailed, what a disk does as OSError."""

    async def write(self, key: str, content: bytes) -> None: ...
    async def read(self, key: str) -> bytes | None: ...
    def keys(self, folder: str) -> AsyncIterator[str]:
        """Yield the keys of whole files in the folder and those below, in any order."""
        ...

    async def erase(self, key: str) -> None: ...


class Folder:
    """A folder of this host. A file is staged beside its place, synced, and renamed into it."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()

    async def write(self, key: str, content: bytes) -> None:
        await asyncio.to_thread(self._write, self._path / key, content)

    async def read(self, key: str) -> bytes | None:
        try:
            return await asyncio.to_thread((self._path / key).read_bytes)
        except FileNotFoundError:
            return None

    async def keys(self, folder: str) -> AsyncIterator[str]:
        """Yield the keys, and remove what a killed export left half-written."""
        for path in await asyncio.to_thread(lambda: sorted((self._path / folder).rglob("*.*"))):
            if path.name.endswith(_STAGED):
                path.unlink(missing_ok=True)
            else:
                yield str(path.relative_to(self._path))

    async def erase(self, key: str) -> None:
        path = self._path / key
        path.unlink(missing_ok=True)
        if path.parent != self._path and not any(path.parent.iterdir()):
            path.parent.rmdir()

    def _write(self, path: Path, content: bytes) -> None:
        make_folder(path.parent)
        staged = path.with_name(path.name + _STAGED)
        with staged.open("wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        staged.replace(path)
        sync(path.parent)


def destination(to: str) -> Destination:
    """Return the folder or store that `to` names. Raises WrongDestination, StoreFailed."""
    if "://" in to:
        try:
            return Bucket(parse_store(to))
        except InvalidStore as error:
            raise WrongDestination(f"that is neither a folder nor a store: {error}") from None
    if not to:
        raise WrongDestination("a folder, or a store such as s3://bucket/prefix?region=…, is needed")
    path = Path(to)
    if path.exists() and not path.is_dir():
        raise WrongDestination(f"{path} is a file; a folder is needed, which is made if it is not there")
    return Folder(path)


def named(to: str) -> str:
    """Return the same place as any process of this host can find it."""
    return to if "://" in to else str(Path(to).absolute())
