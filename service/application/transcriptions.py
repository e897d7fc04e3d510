"""Transcriptions of recordings, by an engine elsewhere or the one here: text beside the log, for it can be deleted."""

from dataclasses import dataclass, fields
from datetime import datetime

import asyncpg

from service.application.identifiers import new_ordered_sid
from service.application.paging import Cursor, Page
from service.postgres.statement import statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcription:
    account_sid: str
    sid: str
    recording_sid: str
    status: str
    type: str
    transcription_text: str | None
    duration: int | None
    price_unit: str
    date_created: datetime
    date_updated: datetime


_FIELDS = tuple(field.name for field in fields(Transcription))


class Transcriptions:
    """Every statement joins the recording and passes over a deleted one: from its deletion on, nothing shows.

    The rows themselves go with the next purge, however the recording came to be deleted, and also after a crash
    between the two: a step of its own in the request would be one that can be missed.
    """

    def __init__(self, pool: asyncpg.Pool | asyncpg.pool.PoolConnectionProxy) -> None:
        self._pool = pool

    async def add(
        self, account_sid: str, recording_sid: str, *, status: str, kind: str, text: str | None, at: datetime
    ) -> Transcription | None:
        """Keep a transcription; None when there is no such recording."""
        query, sid = statement(__package__, "insert_transcription"), new_ordered_sid("TR", at)
        await self._pool.execute(query, account_sid, sid, recording_sid, status, kind, text, at)
        return await self.find(account_sid, sid, recording_sid)

    async def find(self, account_sid: str, sid: str, recording_sid: str | None) -> Transcription | None:
        """Return the transcription; None when it is not one of `recording_sid`, where that is given."""
        row = await self._pool.fetchrow(statement(__package__, "select_transcription"), account_sid, sid, recording_sid)
        return _of(row) if row else None

    async def delete(self, account_sid: str, sid: str, recording_sid: str | None) -> bool:
        """Delete a transcription and return whether it was there: it stays while its recording is under a legal hold.

        The account's appends wait meanwhile: no hold is placed between the look and the deletion.
        """
        query = statement(__package__, "delete_transcription")
        assert isinstance(self._pool, asyncpg.Pool), "a transaction of its own"  # noqa: S101 - what the type cannot say
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(statement(__package__, "lock_account"), account_sid)
            return await connection.fetchval(query, account_sid, sid, recording_sid) is not None

    async def page(
        self, account_sid: str, recording_sid: str | None, cursor: Cursor | None, size: int
    ) -> Page[Transcription]:
        newer = cursor is not None and cursor.newer
        query = statement(__package__, "list_newer_transcriptions" if newer else "list_transcriptions")
        rows = await self._pool.fetch(query, account_sid, recording_sid, cursor.sid if cursor else None, size + 1)
        return Page.of([_of(row) for row in rows], size, cursor)


def _of(row: asyncpg.Record) -> Transcription:
    return Transcription(**{name: row[name] for name in _FIELDS})
