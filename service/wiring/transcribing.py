"""The engine for transcriptions, for when its setting names a model."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from functools import partial
from importlib.util import find_spec
from io import FileIO
from pathlib import Path

from service.api.services import Services
from service.media.folder import folder_id
from service.media.secrecy.keyring import KeyMissing
from service.media.secrecy.sealed import Tampered
from service.media.secrecy.sealing import blocks
from service.media.sound.encode import file_name
from service.settings import Settings
from service.transcription.process import EngineFailed, answer, engine, hear
from service.transcription.transcriber import Transcriber
from service.wiring.server import ServiceRefused

NEEDED = ("model.bin", "config.json", "tokenizer.json")


def transcriber(settings: Settings, services: Services) -> Transcriber:
    engine_of = partial(hear, Path(settings.transcription_model))
    sound = partial(_sound, services)
    return Transcriber(services.pool, folder_id(services.data_dir), engine_of, sound, services.now)


async def check_transcription(settings: Settings) -> None:
    """Raise ServiceRefused when the engine would fail for every recording."""
    if not settings.transcription_model:
        return
    if find_spec("faster_whisper") is None:
        raise ServiceRefused(
            "--transcription-model is set, but its engine is not installed: "
            "pip install '.[transcription]' in its source folder, or leave the setting empty"
        )
    folder = Path(settings.transcription_model)
    if missing := [name for name in NEEDED if not (folder / name).is_file()]:
        raise ServiceRefused(
            f"the folder '{folder}' of --transcription-model has no {', '.join(missing)}: it should hold a "
            "Whisper model in CTranslate2's format, as Systran/faster-whisper-small is"
        )
    try:
        async with engine(folder) as process:
            await answer(process)
    except EngineFailed as failed:
        raise ServiceRefused(f"the model in '{folder}' of --transcription-model cannot be loaded: {failed}") from failed


@asynccontextmanager
async def _sound(services: Services, account_sid: str, sid: str) -> AsyncIterator[Path | None]:
    """Yield the WAV as it is served, each party in a channel of its own; None when it is elsewhere or encrypted."""
    row = await services.recordings.fetch(account_sid, sid)
    if row is None or row.stored_channels is None or row.media_url or row.encryption:
        yield None
        return
    name = file_name(row.stored_channels, ".wav")
    try:
        sealed = await services.sealing.open(account_sid, sid, name)
    except (KeyMissing, Tampered) as fault:
        raise EngineFailed(f"the recording is sealed and cannot be opened: {type(fault).__name__} {fault}") from None
    if sealed is None:
        wav = services.store.path(account_sid, sid, name)
        yield wav if wav.exists() else None
        return
    with closing(sealed), _memory() as (file, path):
        async for block in blocks(sealed, 0, sealed.size):
            file.write(block)
        yield path


@contextmanager
def _memory() -> Iterator[tuple[FileIO, Path]]:
    """Yield a file that is on no disk, and where another process of this user finds it: /proc, so on Linux alone."""
    with FileIO(os.memfd_create("recording"), "w") as file:
        yield file, Path(f"/proc/{os.getpid()}/fd/{file.fileno()}")
