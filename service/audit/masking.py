"""What auditors are not shown: the secrets that callback URLs carry."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

MASK = "***"


def masked_url(url: str) -> str:
    """Return the URL without its password, its query's values and its fragment; a name alone before `@` is one too."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return MASK
    user, colon, _ = parts.netloc.rpartition("@")[0].partition(":")
    place = parts.netloc.rpartition("@")[2]
    if "@" in parts.netloc:
        place = f"{f'{user}:' if colon else ''}{MASK}@{place}"
    query = "&".join(map(_masked_field, re.split("[&;]", parts.query))) if parts.query else ""
    return parts._replace(netloc=place, query=query, fragment=parts.fragment and MASK).geturl()


def masked(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an event's data as auditors read them; the very same object when there is nothing to mask."""
    callback = data.get("callback")
    url = callback.get("url") if isinstance(callback, dict) else None
    if not isinstance(url, str) or (shown := masked_url(url)) == url:
        return data
    return {**data, "callback": {**callback, "url": shown}} if isinstance(callback, dict) else data


def _masked_field(field: str) -> str:
    name, equals, _ = field.partition("=")
    # Without a name it is all value.
    return f"{name}={MASK}" if equals else field and MASK
