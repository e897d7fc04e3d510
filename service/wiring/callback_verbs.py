"""What the verb about an account's callbacks does, on the database of the service."""

import time
from base64 import b64encode
from secrets import token_bytes
from typing import Any

from service.api.urls import LONGEST_URL, is_callback_url
from service.application.accounts import Accounts
from service.application.masking import without_password
from service.callbacks.signature import SECRET_PREFIX, webhook_key
from service.postgres.pool import open_pool
from service.settings import Settings
from service.wiring.server import database

NEW = "new"
SECRET_BYTES = range(24, 65)
"""Standard Webhooks, "Signature scheme"."""


async def callbacks(settings: Settings, sid: str, **changes: str | None) -> dict[str, Any] | None:
    """Return how an account is called back, after `changes`; None when there is no such account.

    `webhook_secret` may be `new`: it is shown this once.
    """
    made = changes.get("webhook_secret") == NEW
    if made:
        changes["webhook_secret"] = SECRET_PREFIX + b64encode(token_bytes(32)).decode()
    async with database(settings) as dsn, await open_pool(dsn, max_size=2) as pool:
        known = Accounts(pool, time.monotonic)
        found = await (known.set_callbacks(sid, changes) if changes else known.callbacks(sid))
    if found is None:
        return None
    url, secret = found["fallback_url"], found["webhook_secret"]
    return found | {
        "fallback_url": url and without_password(url),
        "webhook_secret": secret if made or secret is None else f"{SECRET_PREFIX}***",
    }


def refused_url(url: str) -> str | None:
    """Return what is wrong with a URL that callbacks are to go to; None when nothing is."""
    if is_callback_url(url):
        return None
    return f"it must be an absolute http or https URL of printable characters, at most {LONGEST_URL}"


def refused_secret(secret: str) -> str | None:
    """Return what is wrong with a webhook's secret; None when nothing is."""
    try:
        size = len(webhook_key(secret))
    except ValueError:
        size = 0
    if secret == NEW or size in SECRET_BYTES:
        return None
    return f"it must be {SECRET_PREFIX} and the base64 of 24 to 64 bytes; {NEW} makes one"
