"""What the log must be able to forget is sealed in it, with a key of its stream that is kept beside it.

A customer's callback URL may hold a password or a token. Destroying the key erases it everywhere at once, in the log,
in what is owed and in every copy of these, and leaves each byte that was hashed as it was.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import asyncpg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.domain.events import Callback
from service.postgres.statement import statement

EFFECT = "stream_keys"
STREAM_KEYS = statement(__package__, "insert_stream_keys")
SEALED = "sealed:"
KEY_BYTES, NONCE_BYTES = 16, 12


class Erased(Exception):  # noqa: N818 - what happened to it
    """The text was sealed, and its key is destroyed."""


async def keys_of(pool: asyncpg.Pool, account_sid: str, recording_sids: Iterable[str]) -> dict[str, bytes]:
    """Return the keys of those recordings that have one still."""
    rows = await pool.fetch(statement(__package__, "select_stream_keys"), account_sid, list(set(recording_sids)))
    return {row["recording_sid"]: row["key"] for row in rows}


def seal(text: str, key: bytes) -> str:
    nonce = os.urandom(NONCE_BYTES)
    return SEALED + urlsafe_b64encode(nonce + AESGCM(key).encrypt(nonce, text.encode(), None)).decode()


def unseal(text: str, key: bytes | None) -> str:
    """Return what was sealed, or `text` itself when it never was. Raises Erased."""
    if not text.startswith(SEALED):
        return text
    if key is None:
        raise Erased
    sealed = urlsafe_b64decode(text.removeprefix(SEALED))
    return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None).decode()


def sealed_callback(callback: Callback | None, recording_sid: str) -> tuple[Callback | None, dict[str, Any]]:
    """Return `callback` with its URL sealed, if there is one, and the effect that keeps the key."""
    if callback is None:
        return None, {}
    key = os.urandom(KEY_BYTES)
    sealed = replace(callback, url=seal(callback.url, key))
    return sealed, {EFFECT: [{"recording_sid": recording_sid, "key": key.hex()}]}
