"""Holds the files of completed recordings against the checksums in the log."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import asyncpg

from service.media.folder import folder_id
from service.media.secrecy.keyring import KeyMissing, Keyring
from service.media.secrecy.sealed import Tampered
from service.media.secrecy.sealing import BLOCK, Sealing
from service.media.sound.encode import file_name
from service.media.storing.store import LocalStore
from service.postgres.statement import statement

PAGE = 200


class MediaVerifier:
    """The log has the checksum of the WAV with the most channels; of the other files it says nothing.

    `counts`, by what became of a recording: `checked`, or why it could not be: `elsewhere` (a store or another data
    folder has it), `key_missing` (its sealing key is not here). Files that are here are looked at whatever folder is
    noted to have them: a folder that was restored may have another name. `in_other_folders`: those that are not here.
    """

    def __init__(self, pool: asyncpg.Pool, keyring: Keyring, data_dir: Path) -> None:
        self._pool = pool
        self._store = LocalStore(data_dir)
        self._sealing = Sealing(pool, keyring, self._store)
        self._folder = folder_id(data_dir) if data_dir.exists() else ""
        self.counts = Counter(checked=0, elsewhere=0, key_missing=0)
        self.in_other_folders = 0

    async def faults(self, told: Callable[[int], None]) -> AsyncIterator[tuple[asyncpg.Record, str]]:
        """Yield each recording whose file is not what was completed, and what is wrong with it."""
        last = ("", "")
        query = statement(__package__, "select_checksums")
        while rows := await self._pool.fetch(query, *last, PAGE, f"folder:{self._folder}"):
            for row in rows:
                became = "elsewhere" if row["is_stored"] else await self._became(row)
                if became in self.counts:
                    self.counts[became] += 1
                elif await self._pool.fetchval(statement(__package__, "select_is_completed"), *_key(row)):
                    # Else it was deleted while it was read.
                    yield row, became
                told(1)
            last = _key(rows[-1])

    async def _became(self, row: asyncpg.Record) -> str:
        name = file_name(row["channels"], ".wav")
        try:
            if sealed := await self._sealing.open(*_key(row), name):
                with closing(sealed):
                    found = await asyncio.to_thread(_digest, sealed.read, sealed.size)
            else:
                found = await asyncio.to_thread(_file_digest, self._store.path(*_key(row), name))
        except KeyMissing:
            return "key_missing"
        except FileNotFoundError:
            self.in_other_folders += row["is_in_another_folder"]
            return "elsewhere" if row["is_in_another_folder"] else f"its file {name} is missing"
        except Tampered:
            return f"its file {name} is not what was sealed under its name"
        except OSError as error:
            return f"its file {name} cannot be read: {error.strerror}"
        return "checked" if found == row["sha256"] else f"its file {name} does not have the checksum in the log"


def _key(row: asyncpg.Record) -> tuple[str, str]:
    return row["account_sid"], row["sid"]


def _digest(read: Callable[[int, int], bytes], size: int) -> str:
    digest = hashlib.sha256()
    for begin in range(0, size, BLOCK):
        digest.update(read(begin, begin + BLOCK))
    return digest.hexdigest()


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
