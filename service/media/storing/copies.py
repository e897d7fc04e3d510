"""Which copies of a recording's media there may be outside of the log, and which of them are to be erased."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from service.application.codec import encode
from service.domain.events import Event, RecordingCompleted, RecordingDeleted
from service.domain.recording import Recording
from service.domain.values import Status
from service.media.storing.store import Key
from service.postgres.statement import statement

EFFECT: Final = statement(__package__, "plan_erasures")
"""For the event store, under the name ERASURES: writes the rows that `Copies.plan_erasures` returns."""
ERASURES: Final = "erasures"
FOLDER: Final = "folder:"
LEASE_SECONDS = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwanted:
    """A copy that is to be erased, claimed by this process."""

    account_sid: str
    recording_sid: str
    store_url: str
    claim_id: UUID
    attempts: int

    @property
    def is_local(self) -> bool:
        return self.store_url.startswith(FOLDER)


class Copies:
    """`folder` is the data folder's name."""

    def __init__(self, pool: asyncpg.Pool, folder: str) -> None:
        self._pool = pool
        self._folder = FOLDER + folder

    def plan_erasures(
        self, account_sid: str, recording_sid: str, version: int, event: Event, state: Recording, start_time: datetime
    ) -> list[dict[str, Any]]:
        """Return what `event` has erased: all copies, or all but the one it names; which the rows then remember."""
        del account_sid, state, start_time
        if not isinstance(event, RecordingCompleted | RecordingDeleted):
            return []
        kept = (event.media_url or "") if isinstance(event, RecordingCompleted) else None
        told = {"version": version, "type": encode(event)[0], "folder": self._folder, "kept": kept}
        return [{"recording_sid": recording_sid, **told}]

    async def note(self, key: Key, store_url: str, media_url: str) -> None:
        """Remember, before the first byte goes there, that a store may hold a copy."""
        await self._pool.execute(statement(__package__, "note_copy"), *key, store_url, media_url)

    async def discard(self, key: Key, state: Recording) -> None:
        """Have all copies erased but those that the recording, now in `state`, needs."""
        kept = (state.media_url or "") if state.status is Status.COMPLETED else None
        await self._pool.execute(statement(__package__, "discard_copies"), *key, self._folder, kept)

    async def claim_unwanted(self, most: int, key: Key | None = None) -> Sequence[Unwanted]:
        """Return up to `most` copies that are due, those of `key` alone if one is given."""
        query, of = statement(__package__, "claim_unwanted_copies"), key or (None, None)
        return [Unwanted(**row) for row in await self._pool.fetch(query, self._folder, most, LEASE_SECONDS, *of)]

    async def remove(self, copy: Unwanted) -> None:
        """Forget a copy that is erased, unless it became wanted or was claimed anew meanwhile."""
        query = statement(__package__, "remove_copy")
        await self._pool.execute(query, copy.account_sid, copy.recording_sid, copy.store_url, copy.claim_id)

    async def put_off(self, copy: Unwanted, seconds: float) -> None:
        query = statement(__package__, "put_off_copy")
        await self._pool.execute(query, copy.account_sid, copy.recording_sid, copy.store_url, copy.claim_id, seconds)
