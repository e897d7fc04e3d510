"""Whose credentials a request brings."""

import base64
import binascii

from aiohttp import web

from service.api.services import SERVICES
from service.application.accounts import Caller


async def authenticate(request: web.Request) -> Caller | None:
    """Return who asks, by Basic credentials; None when they hold for nobody, or not for the account in the path."""
    credentials = _basic(request.headers.get("Authorization", ""))
    caller = await request.app[SERVICES].accounts.authenticate(*credentials) if credentials else None
    if caller is None or request.match_info.get("account", caller.account_sid) != caller.account_sid:
        return None
    return caller


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if colon and "\0" not in user else None
