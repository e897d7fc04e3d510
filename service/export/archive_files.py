"""The files of archives, whole and as they were written; the last few stay in memory while answers come in pages."""

import asyncio
from functools import partial
from hashlib import sha256
from typing import Final

from service.audit.positions import OutOfReach
from service.eventstore.event import Row
from service.export.archive_file import OpenedFile
from service.export.destination import destination
from service.media.storing.bucket import StoreFailed

MOST_KEPT: Final = 4
"""Files of at most 100,000 events: at a position those of a few months meet."""
KEPT_SECONDS: Final = 60.0


class ArchiveFiles:
    """Who asks for a file that is being read waits for the same reading."""

    def __init__(self) -> None:
        self._readings: dict[bytes, asyncio.Task[OpenedFile]] = {}

    async def opened(self, file: Row) -> OpenedFile:
        """Return the file that a row of `archives` names. Raises OutOfReach."""
        key = file["sha256"]
        reading = self._readings.pop(key, None) or asyncio.ensure_future(_opened(file))
        if not reading.done():
            reading.add_done_callback(partial(self._read, key))
        self._readings[key] = reading  # the last is the one that was asked for last
        while len(self._readings) > MOST_KEPT:
            del self._readings[next(iter(self._readings))]
        # Shielded: that one reader leaves must not end what others wait for.
        return await asyncio.shield(reading)

    def _read(self, key: bytes, reading: asyncio.Task[OpenedFile]) -> None:
        if reading.cancelled() or reading.exception():
            self._forget(key, reading)
        else:
            asyncio.get_running_loop().call_later(KEPT_SECONDS, self._forget, key, reading)

    def _forget(self, key: bytes, reading: asyncio.Task[OpenedFile]) -> None:
        if self._readings.get(key) is reading:
            del self._readings[key]


async def _opened(file: Row) -> OpenedFile:
    try:
        content = await destination(file["place"]).read(file["key"])
    except StoreFailed as error:
        raise OutOfReach(str(error)) from error
    except OSError as error:
        raise OutOfReach(f"the archive {file['place']} cannot be read: {error.strerror}") from error
    if content is None or await asyncio.to_thread(_sha256, content) != file["sha256"]:
        raise OutOfReach(f"the archive {file['place']} does not hold {file['key']} as it was written")
    try:
        return await asyncio.to_thread(OpenedFile, content)
    except ValueError as error:
        raise OutOfReach(f"{file['key']} is no file of an archive: {error}") from None


def _sha256(content: bytes) -> bytes:
    return sha256(content).digest()
