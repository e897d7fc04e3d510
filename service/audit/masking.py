"""What auditors are not shown: the secrets that callback URLs carry."""

from collections.abc import Mapping
from typing import Any

from service.application.masking import without_secrets


def masked(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an event's data as auditors read them; the very same object when there is nothing to mask."""
    callback = data.get("callback")
    url = callback.get("url") if isinstance(callback, dict) else None
    if not isinstance(url, str) or (shown := without_secrets(url)) == url:
        return data
    return {**data, "callback": {**callback, "url": shown}} if isinstance(callback, dict) else data
