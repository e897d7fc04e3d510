"""An upload's way into the spool: whole and readable, or not at all."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import NamedTemporaryFile

from service.media.ingest.upload import LARGEST_BYTES, check
from service.media.spool import Spool


class UploadTooLarge(Exception):  # noqa: N818 - an answer to the switch
    """The upload is larger than 2 GiB."""


class AudioAlreadyThere(Exception):  # noqa: N818 - the same
    """The recording has its audio already, from a live stream or an earlier upload."""


async def receive(spool: Spool, body: AsyncIterator[bytes]) -> None:
    """Put the body into the spool. Raises NotAWav, UploadTooLarge, AudioAlreadyThere; then the spool is as before."""
    refuse_second(spool)
    spool.folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=spool.folder, suffix=".part") as part:
        received = 0
        async for chunk in body:
            received += len(chunk)
            if received > LARGEST_BYTES:
                raise UploadTooLarge
            await asyncio.to_thread(part.write, chunk)
        part.flush()
        await asyncio.to_thread(_keep, spool, Path(part.name))


def refuse_second(spool: Spool) -> None:
    if spool.upload.exists() or spool.origin is not None:
        raise AudioAlreadyThere


def _keep(spool: Spool, part: Path) -> None:
    check(part)
    try:
        os.link(part, spool.upload)
    except FileExistsError:
        raise AudioAlreadyThere from None
    spool.sync()
