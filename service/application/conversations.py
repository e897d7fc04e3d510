"""Calls and conferences, as the switch announces them or their audio streams make them known."""

from dataclasses import astuple, dataclass
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
    """`sid` is a CallSid or a ConferenceSid; `known_by` says who announced it: `switch` or `stream`.

    `stream_position` and `stream_offset` (where the last stream's own time 0 lies) are milliseconds of its timeline.
    `home` is the process that hears its streams.
    """

    account_sid: str
    sid: str
    status: str
    first_call_sid: str | None
    known_by: str
    stream_position: int | None
    stream_seen_at: datetime | None
    stream_sid: str | None
    stream_offset: int | None
    home: str | None
    date_created: datetime
    date_updated: datetime

    @property
    def is_over(self) -> bool:
        return self.status in FINAL_STATUSES


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSeen:
    """Where a conversation's stream is now, in milliseconds: after a crash this is all that is known."""

    account_sid: str
    sid: str
    position: int | None
    stream_sid: str
    offset: int


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

    async def overdue(self) -> list[tuple[str, str]]:
        """Return (account SID, SID) of what is over and has active recordings: a crash left them so."""
        rows = await self._pool.fetch(statement(__package__, "select_overdue"))
        return [(row["account_sid"], row["sid"]) for row in rows]

    async def streams_seen(self, seen: list[StreamSeen], *, attaching: bool = False) -> None:
        """Note where streams are. Only `attaching` begins that: a late note brings no stream back that has ended."""
        columns = (list(column) for column in zip(*(astuple(one) for one in seen), strict=True))
        await self._pool.execute(statement(__package__, "update_streams_seen"), *columns, attaching)

    async def claim_home(self, account_sid: str, sid: str, own: str, former: str | None) -> str:
        """Become the process that hears a conversation, if that is still `former`; return which process it is."""
        home: str = await self._pool.fetchval(statement(__package__, "claim_home"), account_sid, sid, own, former)
        return home

    async def unfollowed_recordings(
        self, conversations: list[tuple[str, str]], followed: list[str]
    ) -> list[tuple[str, str]]:
        """Return (account SID, recording SID) of the conversations' active recordings but those `followed`."""
        columns = (list(column) for column in zip(*conversations, strict=True))
        rows = await self._pool.fetch(statement(__package__, "select_unfollowed_recordings"), *columns, followed)
        return [(row["account_sid"], row["sid"]) for row in rows]

    async def newer_recordings(self, known: list[tuple[str, str, int]]) -> list[tuple[str, str]]:
        """Return those of (account SID, recording SID, version) that are at a later version by now."""
        columns = (list(column) for column in zip(*known, strict=True))
        rows = await self._pool.fetch(statement(__package__, "select_newer_recordings"), *columns)
        return [(row["account_sid"], row["sid"]) for row in rows]

    async def recorded_streams(self, home: str, *, strays: bool, homes: list[str]) -> list[Conversation]:
        """Return what `home` hears: conversations whose stream has not ended, or that an active recording lies on.

        With `strays` also those without a home, and those of this data folder whose home is none of `homes`.
        """
        rows = await self._pool.fetch(statement(__package__, "select_recorded_streams"), home, strays, homes)
        return [Conversation(**row) for row in rows]

    async def forget_stream(self, account_sid: str, sid: str) -> None:
        await self._pool.execute(statement(__package__, "forget_stream"), account_sid, sid)

    async def lost_streams(self, seconds: float) -> list[Conversation]:
        """Return the conversations whose stream was last seen more than `seconds` ago and never said it ended."""
        rows = await self._pool.fetch(statement(__package__, "select_lost_streams"), seconds)
        return [Conversation(**row) for row in rows]
