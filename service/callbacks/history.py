"""What became of deliveries: a page at a time, one by its SID, and sending them again."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from service.application.masking import without_password
from service.application.paging import Cursor, Page
from service.application.stream_keys import Erased, keys_of, unseal
from service.eventstore.event import iso_time
from service.postgres.statement import statement

PLACE = r"(?:1?[0-9]{1,17}|2[0-4][0-9]{16})DL[0-9a-fA-F]{32}"
"""The pattern of a delivery's place in its account's list: microseconds since 1970, and its SID."""
PLACE_OF_RECORDING = r"[0-9]{1,9}DL[0-9a-fA-F]{32}"
"""That of its place in its recording's list: the event's version, and its SID."""
_ALL = ("list_deliveries", "list_newer_deliveries")
_UNDELIVERED = ("list_undelivered", "list_newer_undelivered")
_OF_RECORDING = ("list_deliveries_of_recording", "list_earlier_deliveries_of_recording")
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""Of the times that events may have. Not infinity: PostgreSQL's planner takes a range up to there for an empty one."""
_MICROSECOND = timedelta(microseconds=1)
_LAST_MICROSECOND = (LAST - FIRST) // _MICROSECOND
_ATTEMPT = ("attempted_at", "duration_ms", "http_status", "error_code", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which deliveries a list holds; `after` and `before` are of the event's time, and inclusive."""

    status: str | None = None
    event: str | None = None
    after: datetime = FIRST
    before: datetime = LAST

    def has(self, delivery: "Delivery") -> bool:
        row = delivery.row
        is_kind = self.status in {None, row["status"]} and self.event in {None, row["event"]}
        return is_kind and self.after <= row["occurred_at"] <= self.before


@dataclass(frozen=True, slots=True)
class Delivery:
    """`key` is its recording's: None once it is destroyed, and of what has none."""

    row: asyncpg.Record
    key: bytes | None

    @property
    def url(self) -> str | None:
        """The URL without its password; None when it was erased with its recording."""
        try:
            return without_password(unseal(self.row["url"], self.key))
        except Erased:
            return None

    @property
    def sid(self) -> str:
        sid: str = self.row["sid"]
        return sid

    @property
    def place(self) -> str:
        return f"{(self.row['occurred_at'] - FIRST) // _MICROSECOND}{self.sid}"

    @property
    def place_of_recording(self) -> str:
        return f"{self.row['event_version']}{self.sid}"

    def document(self) -> dict[str, Any]:
        """Return the delivery as its API shows it: without the password that its URL may hold."""
        row = self.row
        due: datetime | None = row["next_attempt_at"]
        names = ("sid", "recording_sid", "event_version", "event")
        return {name: row[name] for name in names} | {
            "url": self.url,
            "method": row["method"],
            "status": row["status"],
            "attempts": [{name: made[name] for name in _ATTEMPT} for made in row["attempts"]],
            "next_attempt_at": due and iso_time(due),
            "idempotency_token": str(row["idempotency_token"]),
        }


class Deliveries:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def page(self, account_sid: str, chosen: Chosen, cursor: Cursor | None, size: int) -> Page[Delivery]:
        """Return an account's, newest event first; `cursor` names a row by its `place`."""
        newer = cursor is not None and cursor.newer
        unhappy = chosen.status in {"failed", "discarded"}
        name = (_UNDELIVERED if unhappy else _ALL)[newer]
        at, sid = _split(cursor.sid) if cursor else (_LAST_MICROSECOND, "")
        rows = await self._pool.fetch(
            statement(__package__, name),
            account_sid,
            chosen.status,
            chosen.event,
            chosen.after,
            chosen.before,
            FIRST + at * _MICROSECOND,
            sid,
            size + 1,
        )
        return Page.of(await self._opened(account_sid, rows), size, cursor)

    async def of_recording(
        self, account_sid: str, recording_sid: str, cursor: Cursor | None, size: int
    ) -> Page[Delivery]:
        """Return a recording's, oldest event first; `cursor` names a row by its `place_of_recording`."""
        earlier = cursor is not None and cursor.newer
        query = statement(__package__, _OF_RECORDING[earlier])
        version, sid = _split(cursor.sid) if cursor else (0, "")
        rows = await self._pool.fetch(query, account_sid, recording_sid, version, sid, size + 1)
        return Page.of(await self._opened(account_sid, rows), size, cursor)

    async def find(self, account_sid: str, sid: str) -> Delivery | None:
        rows = await self._pool.fetch(statement(__package__, "select_delivery"), account_sid, sid)
        return next(iter(await self._opened(account_sid, rows)), None)

    async def redeliver(self, account_sid: str, sid: str) -> Delivery | None:
        """Have a delivery attempted now, with its token and parameters; None when there is none, or no longer.

        One that is on its way stays as it is. Those of its recording's later events wait for it.
        """
        await self._pool.execute(statement(__package__, "redeliver"), account_sid, sid)
        return await self.find(account_sid, sid)

    async def _opened(self, account_sid: str, rows: list[asyncpg.Record]) -> list[Delivery]:
        keys = await keys_of(self._pool, account_sid, (row["recording_sid"] for row in rows))
        return [Delivery(row, keys.get(row["recording_sid"])) for row in rows]

    async def count(self, account_sid: str, chosen: Chosen) -> tuple[int, datetime]:
        """Return how many of those failed or discarded were chosen, and the time by the database's clock."""
        query = statement(__package__, "count_redeliverable")
        (row,) = await self._pool.fetch(query, account_sid, *_values(chosen))
        return row["deliveries"], row["began"]

    async def redeliver_batch(self, account_sid: str, chosen: Chosen, began: datetime, size: int) -> tuple[int, Chosen]:
        """Send the oldest again that were settled before `began`; return how many, and where to look for the rest."""
        query = statement(__package__, "redeliver_batch")
        (row,) = await self._pool.fetch(query, account_sid, *_values(chosen), began, size)
        return row["redelivered"], replace(chosen, after=row["reached"] or chosen.after)


def _values(chosen: Chosen) -> tuple[str | None, str | None, datetime, datetime]:
    return chosen.status, chosen.event, chosen.after, chosen.before


def _split(place: str) -> tuple[int, str]:
    number, prefix, digits = place.partition("DL")
    return int(number), prefix + digits
