"""What auditors are not shown: the secrets that callback URLs carry."""

from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag

from service.application.masking import without_secrets
from service.application.stream_keys import SEALED, Erased, unseal

Data = Mapping[str, Any]


def masked(data: Data) -> Data:
    """Return an event's data without secrets that can be read; the very same object when there are none.

    A URL that is sealed stays as it is.
    """
    url = _url(data)
    return data if url is None or (said := without_secrets(url)) == url else _with_url(data, said)


def shown(data: Data, key: bytes | None) -> Data:
    """Return an event's data as auditors read them, a sealed URL opened with its recording's key and masked.

    The URL is None once the key is destroyed.
    """
    if not is_sealed(data):
        return masked(data)
    try:
        return _with_url(data, without_secrets(unseal(str(_url(data)), key)))
    except (Erased, InvalidTag, ValueError):  # what was tampered with, `verify` names
        return _with_url(data, None)


def is_sealed(data: Data) -> bool:
    return (_url(data) or "").startswith(SEALED)


def _url(data: Data) -> str | None:
    callback = data.get("callback")
    url = callback.get("url") if isinstance(callback, dict) else None
    return url if isinstance(url, str) else None


def _with_url(data: Data, url: str | None) -> Data:
    return {**data, "callback": {**data["callback"], "url": url}}
