"""An upload's way into the spool: whole and readable, or not at all."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from service.media.ingest.upload import LARGEST_BYTES, check
from service.media.spool import Spool

ARRIVING = "uploads"
"""The folder, below the data folder, of what has not arrived whole: it is emptied at every start."""


class UploadTooLarge(Exception):  # noqa: N818 - an answer to the switch
    """The upload is larger than 2 GiB."""


class AudioAlreadyThere(Exception):  # noqa: N818 - the same
    """The recording has its audio already, from a live stream or an earlier upload."""


@asynccontextmanager
async def received(data_dir: Path, body: AsyncIterator[bytes]) -> AsyncIterator[Path]:
    """Yield the whole body as a file, which is gone afterwards. Raises NotAWav, UploadTooLarge."""
    folder = data_dir / ARRIVING
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder) as part:
        size = 0
        async for chunk in body:
            size += len(chunk)
            if size > LARGEST_BYTES:
                raise UploadTooLarge
            await asyncio.to_thread(part.write, chunk)
        part.flush()
        await asyncio.to_thread(check, Path(part.name))
        yield Path(part.name)


def refuse_second(spool: Spool) -> None:
    if spool.has_sound:
        raise AudioAlreadyThere


def keep(spool: Spool, part: Path) -> None:
    """Make `part` the recording's audio; blocks. Raises AudioAlreadyThere."""
    refuse_second(spool)
    spool.make()
    os.link(part, spool.upload)
    spool.sync()
