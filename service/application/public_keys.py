"""Accounts' public keys: recordings are encrypted at the newest that is not retired, for its owner alone to read."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import asyncpg
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from service.application.identifiers import new_sid
from service.postgres.statement import statement

LEAST_BITS = 2048
_BEGIN = b"-----BEGIN PUBLIC KEY-----"


class PublicKeyRefused(Exception):  # noqa: N818 - an answer to the operator, in one sentence
    """What was given is no key to encrypt recordings at; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """`fingerprint` is the SHA-256 of its DER form, in hexadecimal."""

    account_sid: str
    sid: str
    pem: str
    fingerprint: str
    date_created: datetime
    retired_at: datetime | None


class PublicKeys:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def create(self, account_sid: str, pem: bytes) -> PublicKey:
        """Keep an account's key. Raises PublicKeyRefused; ForeignKeyViolationError when there is no such account."""
        key = _read(pem)
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        text = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        query = statement(__package__, "insert_public_key")
        (row,) = await self._pool.fetch(query, account_sid, new_sid("CR"), text, sha256(der).hexdigest())
        return PublicKey(**row)

    async def all(self, account_sid: str | None = None) -> list[PublicKey]:
        rows = await self._pool.fetch(statement(__package__, "select_public_keys"), account_sid)
        return [PublicKey(**row) for row in rows]

    async def in_use(self, account_sid: str) -> PublicKey | None:
        """Return the key that a recording finished now is encrypted at; None: it is not encrypted."""
        row = await self._pool.fetchrow(statement(__package__, "select_public_key_in_use"), account_sid)
        return PublicKey(**row) if row else None

    async def retire(self, sid: str) -> bool:
        return await self._pool.fetchval(statement(__package__, "retire_public_key"), sid) is not None


def _read(pem: bytes) -> RSAPublicKey:
    if b"PRIVATE KEY-----" in pem:
        raise PublicKeyRefused(
            "this is a private key, which nobody but you should have; `openssl pkey -in key.pem -pubout` gives its "
            "public half"
        )
    if _BEGIN not in pem:
        raise PublicKeyRefused(f"a public key in PEM form begins with '{_BEGIN.decode()}'; this does not")
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise PublicKeyRefused("the public key is damaged, or of a kind that nobody here can read") from None
    if not isinstance(key, RSAPublicKey):
        raise PublicKeyRefused("the public key must be an RSA key; this is of another kind")
    if key.key_size < LEAST_BITS:
        raise PublicKeyRefused(f"the RSA key must have at least {LEAST_BITS} bits; this has {key.key_size}")
    return key
