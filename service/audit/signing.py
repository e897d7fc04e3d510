"""The key that seals are signed with: Ed25519, named by a digest of its public half."""

import binascii
import os
import re
from base64 import b64decode
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from service.application.durable import sync

KEY_BYTES: Final = 32
_PEM = re.compile("-----BEGIN [^-]+-----.*?-----END [^-]+-----", re.DOTALL)
_NAME: Final = "seal.key"


@dataclass(frozen=True, slots=True)
class SealKey:
    """What signs. Its text does not tell it."""

    _private: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        return self._private.public_key().public_bytes_raw()

    @property
    def id(self) -> str:
        return key_id(self.public)

    def sign(self, statement: str) -> bytes:
        return self._private.sign(statement.encode())


@dataclass(frozen=True, slots=True)
class SealKeys:
    """`named`: the operator's, of which the first signs and the others did. With none, the folder has one of its own.

    That one signs only what began with it: where a key is missing another is not to stand in for it unseen.
    """

    named: Sequence[SealKey]
    folder: Path

    def to_sign(self, last_key_id: str | None) -> SealKey | None:
        """Return the key for the seal after one by `last_key_id`; None when it is not here. It may be made now."""
        if self.named:
            return self.named[0]
        own = _own(self.folder) if last_key_id else _own(self.folder) or _made(self.folder)
        return own if last_key_id is None or (own and own.id == last_key_id) else None

    def known(self) -> frozenset[str]:
        """Return the ids of the keys that are here."""
        own = _own(self.folder)
        return frozenset(key.id for key in self.named or ([own] if own else []))


def key_id(public: bytes) -> str:
    return sha256(public).hexdigest()[:32]


def is_signed(statement: str, signature: bytes, public: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, statement.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def read_seal_keys(text: str) -> tuple[SealKey, ...]:
    """Return the keys: PEM, or 32 bytes each with commas or white space between. Raises ValueError; it tells none."""
    if "-----BEGIN" in text:
        return tuple(map(_from_pem, _PEM.findall(text) or [text]))
    return tuple(map(_from_text, text.replace(",", " ").split()))


def _from_pem(text: str) -> SealKey:
    try:
        private = load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError):
        private = None
    if not isinstance(private, Ed25519PrivateKey):
        raise ValueError("a PEM should be a private Ed25519 key without a password, as `openssl genpkey` makes it")  # noqa: TRY004 - of what was written, not of the code
    return SealKey(private)


def _from_text(text: str) -> SealKey:
    for decode in (bytes.fromhex, lambda encoded: b64decode(encoded, validate=True)):
        with suppress(ValueError, binascii.Error):
            if len(key := decode(text)) == KEY_BYTES:
                return SealKey(Ed25519PrivateKey.from_private_bytes(key))
    raise ValueError(
        f"each key should be {KEY_BYTES} random bytes in base64 or hexadecimal, as `openssl rand -hex 32`, or a PEM"
    )


def _own(folder: Path) -> SealKey | None:
    try:
        (key,) = read_seal_keys((folder / _NAME).read_text())
    except FileNotFoundError:
        return None
    return key


def _made(folder: Path) -> SealKey:
    staged = folder / f"{_NAME}.{os.getpid()}"
    with os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(os.urandom(KEY_BYTES).hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        # Unlike a rename it does not replace a key that another process has just made.
        with suppress(FileExistsError):
            os.link(staged, folder / _NAME)
        sync(folder)
    finally:
        staged.unlink()
    return _own(folder) or _made(folder)
