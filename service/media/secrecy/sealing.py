"""Media that are sealed at rest: a key for each recording, without which its files, and their back-ups, are noise."""

import asyncio
import os
from collections.abc import AsyncGenerator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

import asyncpg

from service.application.codec import encode
from service.domain.events import Event, RecordingDeleted
from service.domain.recording import Recording
from service.media.secrecy.keyring import Keyring
from service.media.secrecy.sealed import KEY_BYTES, SUFFIX, Sealed, label
from service.media.storing.store import LocalStore
from service.postgres.statement import statement

EFFECT: Final = statement(__package__, "destroy_deleted_keys")
"""For the event store, under the name DESTROYED: destroys the keys that `destroyed_keys` names."""
DESTROYED: Final = "destroyed_keys"
BLOCK = 1 << 20
"""What is read at a time: a download holds that much, whatever its length."""


class Sealing:
    """With an empty keyring nothing new is sealed."""

    def __init__(self, pool: asyncpg.Pool, keyring: Keyring, store: LocalStore) -> None:
        self._pool = pool
        self._keyring = keyring
        self._store = store

    async def key_for(self, account_sid: str, sid: str, *, wanted: bool) -> bytes | None:
        """Return the key that a recording's files are to be sealed with, when they are: it is in the database by then.

        Raises KeyMissing when an earlier attempt's was wrapped with a key that is not there.
        """
        if not wanted or not self._keyring:
            await self.destroy(account_sid, sid)
            return None
        key_id, wrapped = self._keyring.wrap(os.urandom(KEY_BYTES))
        query = statement(__package__, "keep_media_key")
        (row,) = await self._pool.fetch(query, account_sid, sid, key_id, wrapped)
        return self._keyring.unwrap(row["key_id"], row["wrapped"])

    async def destroy(self, account_sid: str, sid: str) -> None:
        """Make a recording's sealed files unreadable, wherever there are copies of them."""
        await self._pool.execute(statement(__package__, "destroy_media_key"), account_sid, sid)

    async def open(self, account_sid: str, sid: str, name: str) -> Sealed | None:
        """Return the file, None when the recording is not sealed. Raises KeyMissing, Tampered, FileNotFoundError."""
        row = await self._pool.fetchrow(statement(__package__, "select_media_key"), account_sid, sid)
        if row is None:
            return None
        key = self._keyring.unwrap(row["key_id"], row["wrapped"])
        path = self._store.path(account_sid, sid, name + SUFFIX)
        return await asyncio.to_thread(_open, path, key, label(account_sid, sid, name))


def destroyed_keys(
    account_sid: str, recording_sid: str, version: int, event: Event, state: Recording, start_time: datetime
) -> list[dict[str, Any]]:
    """Return the recording when `event` deletes it: with its key, every copy of its sealed files is gone."""
    del account_sid, state, start_time
    if not isinstance(event, RecordingDeleted):
        return []
    return [{"recording_sid": recording_sid, "version": version, "type": encode(event)[0]}]


async def blocks(sealed: Sealed, begin: int, end: int) -> AsyncGenerator[bytes, None]:
    """Yield the bytes from `begin` up to `end`, and close the file. Raises Tampered."""
    try:
        for at in range(begin, end, BLOCK):
            yield await asyncio.to_thread(sealed.read, at, min(at + BLOCK, end))
    finally:
        sealed.close()


def _open(path: Path, key: bytes, labelled: str) -> Sealed:
    file: BinaryIO = path.open("rb")
    try:
        return Sealed(file, key, labelled)
    except BaseException:
        file.close()
        raise
