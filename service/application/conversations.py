"""Calls and conferences, as the switch announces them or their audio streams make them known."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from service.postgres.statement import statement

CALL_STATUSES = ("queued", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled")
CONFERENCE_STATUSES = ("init", "in-progress", "completed")
FINAL_STATUSES = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


class ConversationIsOver(Exception):  # noqa: N818 - an answer, not an error
    """The call or conference is over; a final status is never left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """`sid` is a CallSid or a ConferenceSid; `known_by` says who announced it: `switch` or `stream`."""

    account_sid: str
    sid: str
    status: str
    first_call_sid: str | None
    known_by: str
    stream_position: int | None
    stream_seen_at: datetime | None
    date_created: datetime
    date_updated: datetime

    @property
    def is_over(self) -> bool:
        return self.status in FINAL_STATUSES


class Conversations:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def find(self, account_sid: str, sid: str) -> Conversation | None:
        row = await self._pool.fetchrow(statement(__package__, "select_conversation"), account_sid, sid)
        return Conversation(**row) if row else None

    async def announce(
        self,
        account_sid: str,
        sid: str,
        status: str,
        at: datetime,
        *,
        known_by: str,
        first_call_sid: str | None = None,
    ) -> tuple[Conversation, bool]:
        """Set the status; return the conversation and whether it is new. Raises ConversationIsOver."""
        query = statement(__package__, "upsert_conversation")
        row = await self._pool.fetchrow(query, account_sid, sid, status, first_call_sid, known_by, at)
        if row is None:
            raise ConversationIsOver
        fields = dict(row)
        created = fields.pop("created")
        return Conversation(**fields), created

    async def active_recordings(self, account_sid: str, sid: str) -> list[str]:
        """Return the SIDs of the conversation's recordings that are in progress or paused."""
        query = statement(__package__, "select_active_recordings")
        return [row["sid"] for row in await self._pool.fetch(query, account_sid, sid)]

    async def overdue_recordings(self) -> list[asyncpg.Record]:
        """Return (account_sid, sid) of active recordings whose call or conference is over: a crash left them so."""
        return await self._pool.fetch(statement(__package__, "select_overdue_recordings"))

    async def streams_seen(self, positions: list[tuple[str, str, int]]) -> None:
        """Note for each (account SID, SID) where its stream is, in ms: after a crash this is all that is known."""
        accounts, sids, at = (list(column) for column in zip(*positions, strict=True))
        await self._pool.execute(statement(__package__, "update_streams_seen"), accounts, sids, at)

    async def forget_stream(self, account_sid: str, sid: str) -> None:
        await self._pool.execute(statement(__package__, "forget_stream"), account_sid, sid)

    async def lost_streams(self, seconds: float) -> list[Conversation]:
        """Return the conversations whose stream was last seen more than `seconds` ago and never said it ended."""
        rows = await self._pool.fetch(statement(__package__, "select_lost_streams"), seconds)
        return [Conversation(**row) for row in rows]
