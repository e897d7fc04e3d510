"""A request that names a key is answered once: its repetition gets the first answer and causes nothing more."""

from dataclasses import dataclass
from hashlib import sha256

import asyncpg

from service.application.handler import Effects
from service.application.views import RecordingView
from service.postgres.statement import statement

EFFECT = "idempotency_keys"
IDEMPOTENCY_KEYS = statement(__package__, "insert_idempotency_keys")


class KeyUsedOtherwise(Exception):  # noqa: N818 - an answer, not an error
    """The idempotency key was used for another request within 24 hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyKey:
    """The key and a digest of the request it came with."""

    account_sid: str
    key: str
    request_sha256: bytes

    @classmethod
    def of(cls, account_sid: str, key: str, *parts: bytes) -> "IdempotencyKey":
        return cls(account_sid=account_sid, key=key, request_sha256=sha256(b"\n".join(parts)).digest())

    def effects(self, recording_sid: str) -> Effects:
        """Return the row that is written in the append's own transaction, so that no crash comes between."""
        row = {
            "key": self.key,
            "request_sha256": self.request_sha256.hex(),
            "recording_sid": recording_sid,
        }
        return {EFFECT: [row]}


class IdempotencyKeys:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def answered(self, key: IdempotencyKey) -> RecordingView | None:
        """Return the recording as the first answer showed it, None when the key is new. Raises KeyUsedOtherwise.

        A key from more than 24 hours ago is forgotten by this, and new again.
        """
        row = await self._pool.fetchrow(statement(__package__, "select_answer"), key.account_sid, key.key)
        if row is None:
            return None
        if row["request_sha256"] != key.request_sha256:
            raise KeyUsedOtherwise
        return RecordingView.of(row)

    async def note(self, key: IdempotencyKey, recording_sid: str, version: int) -> None:
        """Remember an answer that changed nothing. Raises asyncpg.UniqueViolationError when one is there."""
        query = statement(__package__, "insert_idempotency_key")
        await self._pool.execute(query, key.account_sid, key.key, key.request_sha256, recording_sid, version)
