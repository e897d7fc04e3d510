"""How the service on a data folder keeps finished media: what a worker beside it makes must be kept in the same way."""

import json
from hashlib import sha256
from pathlib import Path

from service.media.secrecy.keyring import key_id
from service.settings import Settings, variable
from service.wiring.server import ServiceRefused

_NAME = "keeping.json"
_STORES = ("store_url", "store_fallback_url", "store_fallback_after_seconds")
_SEALING = ("sealing_key", "sealing_key_file")
_SEALS = ("seal_key", "seal_key_file")


def note_keeping(settings: Settings) -> None:
    """Leave in the data folder what tells these settings from others, and does not tell them."""
    path = _path(settings)
    staged = path.with_name(f"{_NAME}.new")
    staged.write_text(json.dumps(_keeping(settings)))
    staged.replace(path)


def check_keeping(settings: Settings) -> None:
    """Raise ServiceRefused when what served last from the folder keeps media in another way."""
    try:
        noted = json.loads(_path(settings).read_text())
    except FileNotFoundError:
        return
    for names, told in _keeping(settings).items():
        if noted.get(names) != told:
            raise ServiceRefused(
                f"the service on {settings.data_dir} keeps recordings in another way:"
                f" give the worker what the service has as {names}"
            )


def _keeping(settings: Settings) -> dict[str, str]:
    stores = json.dumps([getattr(settings, name) for name in _STORES])
    sealing, *_ = *map(key_id, settings.sealing_keys), ""
    signing, *_ = *(key.id for key in settings.seal_keys), ""
    return {
        _named(_SEALING, " or "): sealing,
        _named(_SEALS, " or "): signing,
        _named(_STORES, ", "): sha256(stores.encode()).hexdigest(),
    }


def _named(settings: tuple[str, ...], between: str) -> str:
    return between.join(map(variable, settings))


def _path(settings: Settings) -> Path:
    return settings.data_dir / _NAME
