"""The work list of stopped recordings, in the database: claimed with a lease, done by whoever is free."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from service.media.storing.store import Key
from service.postgres.statement import statement

LEASE_SECONDS = 15.0
"""What a process that died was at is taken over after this; it is renewed by the living every second or so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """`unreadable`: how many attempts could not read the sound. `was_lost`: another held it and let its lease run out.

    `is_all`: no more sound is waited for.
    """

    account_sid: str
    recording_sid: str
    claim_id: UUID
    attempts: int
    unreadable: int = 0
    was_lost: bool
    is_all: bool

    @property
    def key(self) -> Key:
        return self.account_sid, self.recording_sid


class Finishings:
    """`home` is this process's name, which begins with its data folder's.

    For `upload_wait` seconds a switch may upload what no stream brought.
    """

    def __init__(self, pool: asyncpg.Pool, home: str, upload_wait: float) -> None:
        self._pool = pool
        self._home = home
        self._folder, _ = home.split("/")
        self._upload_wait = upload_wait

    async def add(self, captured: Sequence[Key]) -> None:
        columns = (list(column) for column in zip(*captured, strict=True))
        await self._pool.execute(statement(__package__, "add_finishings"), *columns, self._folder)

    async def add_overdue(self, most: int) -> None:
        """Add up to `most` recordings that no sound came for."""
        query = statement(__package__, "add_overdue_finishings")
        await self._pool.execute(query, self._folder, self._upload_wait, most, self._home)

    async def claim(self, most: int) -> list[Claim]:
        """Return up to `most` that are due: nobody else has them until the lease runs out."""
        query = statement(__package__, "claim_finishings")
        rows = await self._pool.fetch(query, self._folder, most, LEASE_SECONDS, self._upload_wait)
        return [Claim(**row) for row in rows]

    async def claim_upload(self, key: Key) -> UUID | None:
        """Keep all others off a recording; return the claim, None while another has it."""
        claimed: UUID | None = await self._pool.fetchval(
            statement(__package__, "claim_upload"), *key, self._folder, LEASE_SECONDS
        )
        return claimed

    async def renew(self, claims: Sequence[UUID]) -> None:
        await self._pool.execute(statement(__package__, "renew_finishings"), claims, LEASE_SECONDS)

    async def release(
        self, key: Key, claim_id: UUID, seconds: float, *, uncounted: bool = False, unreadable: bool = False
    ) -> None:
        """Let others, or ourselves, have it again in so many seconds; what was `uncounted` was no attempt."""
        query = statement(__package__, "release_finishing")
        await self._pool.execute(query, *key, claim_id, seconds, int(uncounted), int(unreadable))

    async def remove(self, key: Key, claim_id: UUID) -> None:
        """Take it off the list, unless it was added anew meanwhile."""
        await self._pool.execute(statement(__package__, "remove_finishing"), *key, claim_id)
