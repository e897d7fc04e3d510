"""Exports an account's events: each position once, from where the last run left off."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

import asyncpg

from service.audit.choice import EventFilter, Stretch
from service.audit.masking import masked
from service.audit.positions import archived_hashes
from service.eventstore.event import Row
from service.export.archived import Archived
from service.export.bookmark import Bookmark, read_bookmark, write_bookmark
from service.export.columns import CANONICAL, EVENTS
from service.export.destination import Destination
from service.export.table import BATCH_ROWS, FILE_ROWS, ParquetFile, as_text
from service.postgres.statement import statement

Told = Callable[[int], None]
"""Called with how many rows more are written for good."""
_RANGE = re.compile(r"(\d+)-(\d+)\.parquet$")


class ExportRefused(Exception):  # noqa: N818 - an answer to the operator, in one sentence
    """What is at the destination already does not go together with what is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Events recorded at `since` or later, and before `until`."""

    since: datetime | None = None
    until: datetime | None = None


async def logs(pool: asyncpg.Pool, account_sid: str | None) -> list[asyncpg.Record]:
    """Return each account that has events, or the one asked for, and its log's length as `position`."""
    return await pool.fetch(statement(__package__, "select_logs"), account_sid)


class EventsExport:
    """A file is named by its positions and appears whole; the bookmark moves behind it.

    What a killed run left behind the bookmark is removed first, so that the next run may cut its files elsewhere.
    """

    def __init__(self, pool: asyncpg.Pool, place: Destination, *, with_canonical: bool) -> None:
        self._pool = pool
        self._place = place
        self._archived = Archived(pool)
        self._with_canonical = with_canonical
        self._schema = CANONICAL if with_canonical else EVENTS
        self._select = statement(__package__, "select_events")

    async def positions(self, account_sid: str, length: int, span: Span) -> tuple[Bookmark, int]:
        """Return where to go on, and the last position to export. Raises ExportRefused."""
        first = await self._first_recorded(account_sid, 0, span.since, length)
        found = await read_bookmark(self._place, account_sid)
        if found is None:
            found = Bookmark(
                account_sid=account_sid,
                first_position=first,
                position=first - 1,
                hash="",
                with_canonical=self._with_canonical,
            )
        else:
            await self._check(found, first, length, span)
        last = await self._first_recorded(account_sid, found.position, span.until, length) - 1
        return found, last if span.until else length

    async def run(self, begun: Bookmark, last: int, told: Told) -> Bookmark:
        """Export what comes after the bookmark, up to a position; return the bookmark as it then is."""
        await self._remove_unmarked(begun)
        at, file, day = begun, ParquetFile(self._schema), date.min
        reached = begun.position
        while reached < last:
            rows = await self._after(begun.account_sid, reached, last)
            reached = rows[-1]["position"]
            for found_day, run in groupby(rows, key=_day):
                if file.rows and (found_day != day or file.rows >= FILE_ROWS):
                    at, file = await self._publish(at, file, day, told), ParquetFile(self._schema)
                day = found_day
                file.add([self._row(row) for row in run])
        return await self._publish(at, file, day, told) if file.rows else at

    async def _publish(self, at: Bookmark, file: ParquetFile, day: date, told: Told) -> Bookmark:
        name = f"{at.position + 1:012d}-{file.last['position']:012d}.parquet"
        await self._place.write(f"{_folder(at.account_sid)}/day={day}/{name}", file.close())
        moved = replace(at, position=file.last["position"], hash=file.last["hash"].hex())
        await write_bookmark(self._place, moved)
        told(file.rows)
        return moved

    def _row(self, row: Row) -> dict[str, Any]:
        shown = {field.name: row[field.name] for field in self._schema}
        return as_text(shown if self._with_canonical else shown | {"data": masked(row["data"])})

    async def _after(self, account_sid: str, reached: int, last: int) -> Sequence[Row]:
        """Return the next events without a gap; those that are archived from there. Raises ExportRefused."""
        rows: Sequence[Row] = await self._pool.fetch(self._select, account_sid, reached, last, BATCH_ROWS)
        if _first_gap(reached, rows) is None:
            return rows
        upto = min(last, reached + BATCH_ROWS)
        stretch = Stretch(above=reached, below=upto + 1)
        archived = await self._archived.read(account_sid, EventFilter(), stretch, BATCH_ROWS)
        rows = sorted(chain(archived, (row for row in rows if row["position"] <= upto)), key=itemgetter("position"))
        if (missing := _first_gap(reached, rows)) is not None:
            raise ExportRefused(f"{account_sid}: position {missing} is not in the log; `recordkeeper verify` says more")
        return rows

    async def _remove_unmarked(self, begun: Bookmark) -> None:
        async for key in self._place.keys(_folder(begun.account_sid)):
            found = _RANGE.search(key)
            if found and int(found[2]) > begun.position:
                await self._place.erase(key)

    async def _first_recorded(self, account_sid: str, after: int, moment: datetime | None, length: int) -> int:
        """Return the first position after one that was recorded at or after a moment; one past the end if none was."""
        if moment is None:
            return after + 1
        query = statement(__package__, "select_first_recorded")
        kept = await self._pool.fetchval(query, account_sid, after, moment) or length + 1
        stretch, more = Stretch(above=after, below=kept), [("recorded_at", ">=", moment.astimezone(UTC))]
        archived = await self._archived.read(account_sid, EventFilter(), stretch, 1, more=more)
        return int(archived[0]["position"]) if archived else int(kept)

    async def _check(self, found: Bookmark, first: int, length: int, span: Span) -> None:
        name = found.account_sid
        if found.with_canonical != self._with_canonical:
            how = "with" if found.with_canonical else "without"
            raise ExportRefused(f"{name} was exported there {how} --with-canonical: go on so, or name another --to")
        if span.since and first < found.first_position:
            raise ExportRefused(
                f"the export of {name} there begins at position {found.first_position}, and what was recorded from"
                f" --since on at {first}: go on without --since, or name another --to"
            )
        if found.position >= found.first_position:
            kept = await self._hash(name, found.position)
            if found.position > length or kept is None or kept.hex() != found.hash:
                raise ExportRefused(f"what is exported there of {name} is of another log: name another --to")

    async def _hash(self, account_sid: str, position: int) -> bytes | None:
        kept: bytes | None = await self._pool.fetchval(statement(__package__, "select_hash"), account_sid, position)
        if kept is None:
            kept = (await archived_hashes(self._archived, account_sid, [position])).get(position)
        return kept


def _first_gap(reached: int, rows: Sequence[Row]) -> int | None:
    """Return the first position after `reached` that the rows lack; None when they are some and go on without a gap."""
    gaps = (at for at, row in enumerate(rows, reached + 1) if row["position"] != at)
    return next(gaps, None if rows else reached + 1)


def _day(row: Row) -> date:
    day: date = row["recorded_at"].astimezone(UTC).date()
    return day


def _folder(account_sid: str) -> str:
    return f"events/account_sid={account_sid}"
