"""The read model `recordings`: what fetch and list answer from."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from service.application.paging import Cursor, Page
from service.application.views import RecordingView
from service.postgres.statement import statement

PROJECTION = statement(__package__, "project_recordings")
"""The one definition: run over a relation `appended` of events, inline in the append and when rebuilding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFilter:
    """Which recordings a list holds; `created_from` and `created_to` are inclusive."""

    call_sid: str | None = None
    conference_sid: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    include_soft_deleted: bool = False


class Recordings:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._select = statement(__package__, "select_recording")
        self._older = statement(__package__, "list_recordings")
        self._newer = statement(__package__, "list_newer_recordings")

    async def fetch(self, account_sid: str, sid: str) -> RecordingView | None:
        """Return the recording, also when deleted in the last 40 days; None when unknown or longer deleted."""
        row = await self._pool.fetchrow(self._select, account_sid, sid)
        return RecordingView.of(row) if row else None

    async def page(
        self, account_sid: str, chosen: RecordingFilter, cursor: Cursor | None, size: int
    ) -> Page[RecordingView]:
        newer = cursor is not None and cursor.newer
        rows = await self._pool.fetch(
            self._newer if newer else self._older,
            account_sid,
            chosen.call_sid,
            chosen.conference_sid,
            chosen.created_from,
            chosen.created_to,
            chosen.include_soft_deleted,
            cursor.sid if cursor else None,
            size + 1,
        )
        return Page.of([RecordingView.of(row) for row in rows], size, cursor)
