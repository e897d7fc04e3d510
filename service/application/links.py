"""Links to a recording's sound that need no credentials: signed, bound to one file, for a time, and revocable."""

import hmac
import secrets
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta

import asyncpg

from service.application.identifiers import new_ordered_sid
from service.application.metadata import Metadata
from service.application.paging import Cursor, Page
from service.postgres.statement import statement

MOST_LIVE = 100
"""Links of one recording that work at a time. It keeps a program that runs wild from filling the table: no quota."""
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """What a link leads to."""

    account_sid: str
    recording_sid: str
    format: str
    channels: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Link(Sound):
    """`actor_sid` and `request_id` say who had it made, and when."""

    sid: str
    secret: bytes = field(repr=False)
    actor_sid: str | None
    actor_role: str
    request_id: str
    date_created: datetime
    date_expires: datetime
    date_revoked: datetime | None

    @property
    def expires(self) -> int:
        """When the link expires, in the digits that its URL has and its signature covers."""
        return int(self.date_expires.timestamp())

    def signature(self) -> str:
        """Return the HMAC-SHA256, under the link's own secret, of all that its URL says."""
        said = (self.account_sid, self.recording_sid, self.sid, self.format, str(self.channels), str(self.expires))
        return hmac.new(self.secret, "\n".join(said).encode(), "sha256").hexdigest()

    def is_signed(self, file_format: str, channels: str, expires: str, signature: str) -> bool:
        """Say whether what a URL says is what was signed, in a time that tells nothing of how much of it fits."""
        given = f"{file_format} {channels} {expires} {signature}"
        signed = f"{self.format} {self.channels} {self.expires} {self.signature()}"
        return hmac.compare_digest(given.encode(), signed.encode())


_FIELDS = tuple(one.name for one in fields(Link))


class Links:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def add(self, sound: Sound, metadata: Metadata, at: datetime, lasting: timedelta) -> Link | None:
        """Make a link; None when the recording has MOST_LIVE of them."""
        row = await self._pool.fetchrow(
            statement(__package__, "insert_link"),
            sound.account_sid,
            new_ordered_sid("LK", at),
            sound.recording_sid,
            sound.format,
            sound.channels,
            secrets.token_bytes(SECRET_BYTES),
            metadata.actor.sid,
            metadata.actor.role,
            metadata.request_id,
            at,
            (at + lasting).replace(microsecond=0) + timedelta(seconds=1),  # whole, as the URL has it, and no shorter
            MOST_LIVE,
        )
        return _of(row) if row else None

    async def find(self, account_sid: str, recording_sid: str, sid: str) -> Link | None:
        row = await self._pool.fetchrow(statement(__package__, "select_link"), account_sid, recording_sid, sid)
        return _of(row) if row else None

    async def revoke(self, account_sid: str, recording_sid: str, sid: str, at: datetime) -> bool:
        """Have the link lead nowhere from here on; False when there is none."""
        query = statement(__package__, "revoke_link")
        return await self._pool.fetchval(query, account_sid, recording_sid, sid, at) is not None

    async def page(self, account_sid: str, recording_sid: str, cursor: Cursor | None, size: int) -> Page[Link]:
        newer = cursor is not None and cursor.newer
        query = statement(__package__, "list_newer_links" if newer else "list_links")
        rows = await self._pool.fetch(query, account_sid, recording_sid, cursor.sid if cursor else None, size + 1)
        return Page.of([_of(row) for row in rows], size, cursor)


def _of(row: asyncpg.Record) -> Link:
    return Link(**{name: row[name] for name in _FIELDS})
