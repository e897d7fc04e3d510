"""The service's own keys: they wrap the key of each recording that is sealed."""

import binascii
from base64 import b64decode
from collections.abc import Sequence
from hashlib import sha256

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from service.media.sealed import KEY_BYTES, Tampered


class KeyMissing(Exception):  # noqa: N818 - what the operator is to put right
    """Sealed with a key that the service was not started with; its id is the message."""


class Keyring:
    """The first of `keys` wraps; all of them unwrap."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = {key_id(key): key for key in keys}

    def __bool__(self) -> bool:
        return bool(self._keys)

    def wrap(self, key: bytes) -> tuple[str, bytes]:
        """Return the id of the service's key, and `key` wrapped with that (RFC 3394)."""
        (named, own), *_ = self._keys.items()
        return named, aes_key_wrap(own, key)

    def unwrap(self, named: str, wrapped: bytes) -> bytes:
        """Raise KeyMissing, and Tampered when nothing was wrapped so."""
        if named not in self._keys:
            raise KeyMissing(named)
        try:
            return aes_key_unwrap(self._keys[named], wrapped)
        except InvalidUnwrap:
            raise Tampered from None


def key_id(key: bytes) -> str:
    """Return what names a key and does not tell it."""
    return sha256(b"recordkeeper sealing key " + key).hexdigest()[:16]


def read_keys(text: str) -> tuple[bytes, ...]:
    """Return the keys, between which there are commas or white space. Raises ValueError, which does not tell them."""
    return tuple(map(_key, text.replace(",", " ").split()))


def _key(text: str) -> bytes:
    for decode in (bytes.fromhex, lambda encoded: b64decode(encoded, validate=True)):
        try:
            key = decode(text)
        except (ValueError, binascii.Error):
            continue
        if len(key) == KEY_BYTES:
            return key
    raise ValueError(f"each key should be {KEY_BYTES} random bytes in base64 or hexadecimal, as `openssl rand -hex 32`")
