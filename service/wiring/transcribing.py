"""The engine for transcriptions, for when its setting names a model."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from service.api.services import Services
from service.media.encode import file_name
from service.media.folder import folder_id
from service.media.store import LocalStore
from service.projections.recordings import Recordings
from service.settings import Settings
from service.transcription.process import EngineFailed, answer, engine, hear
from service.transcription.transcriber import Transcriber
from service.wiring.server import ServiceRefused

NEEDED = ("model.bin", "config.json", "tokenizer.json")


def transcriber(settings: Settings, services: Services) -> Transcriber:
    engine_of = partial(hear, Path(settings.transcription_model))
    sound = partial(_sound, services.recordings, services.store)
    return Transcriber(services.pool, folder_id(services.data_dir), engine_of, sound, services.now)


async def check_transcription(settings: Settings) -> None:
    """Raise ServiceRefused when the engine would fail for every recording."""
    if not settings.transcription_model:
        return
    if find_spec("faster_whisper") is None:
        raise ServiceRefused(
            "--transcription-model is set, but its engine is not installed: "
            "pip install 'recordkeeper[transcription]', or leave the setting empty"
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
async def _sound(recordings: Recordings, store: LocalStore, account_sid: str, sid: str) -> AsyncIterator[Path | None]:
    """Yield the WAV as it is served, each party in a channel of its own; None when it is elsewhere or encrypted."""
    row = await recordings.fetch(account_sid, sid)
    if row is None or row.stored_channels is None or row.media_url or row.encryption:
        yield None
    else:
        wav = store.path(account_sid, sid, file_name(row.stored_channels, ".wav"))
        yield wav if wav.exists() else None
