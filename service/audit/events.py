"""An account's events by what auditors ask for: from an index each, however long the log is (ADR 19)."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

import asyncpg

from service.application.stream_keys import keys_of
from service.audit.choice import EVERYWHERE, LAST_POSITION, MOST_VERSIONS, EventFilter, Stretch
from service.audit.masking import is_sealed
from service.audit.positions import NOTHING_ARCHIVED, Archive
from service.audit.statements import compose
from service.eventstore.event import Row
from service.postgres.statement import statement

BATCH = 500
MOST_SORTED = 5_000
"""Events in the time asked for that are sorted by position for an answer; more are found by position."""
MOST_WALKED = 50_000
"""Events of other times that are passed on the way to the answer, where its own time has more to be looked through."""
ALWAYS = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Followed:
    """What a subscriber reads of the events."""

    events: "Events"
    chosen: EventFilter
    largest_batch: int = 100

    async def read(self, account_sid: str, above: int, end: int) -> list[Row]:
        return await self.events.read(account_sid, self.chosen, Stretch(above=above, below=end + 1), self.largest_batch)


class Events:
    """From the database and, of those that are not there any more, the archive; raises OutOfReach."""

    def __init__(self, pool: asyncpg.Pool, archive: Archive = NOTHING_ARCHIVED) -> None:
        self._pool = pool
        self._archive = archive
        self._head = statement(__package__, "select_head")
        self._count = statement(__package__, "count_events")
        self._span = statement(__package__, "select_span")

    async def end(self, account_sid: str) -> int:
        """Return the position of the account's last event; 0 when there is none."""
        return await self._pool.fetchval(self._head, account_sid) or 0

    async def page(self, account_sid: str, chosen: EventFilter, stretch: Stretch, limit: int) -> list[Row]:
        return await self.read(account_sid, chosen, await self._narrowed(account_sid, chosen, stretch), limit)

    async def batches(
        self, account_sid: str, chosen: EventFilter, stretch: Stretch, limit: int | None = None
    ) -> AsyncGenerator[list[Row], None]:
        """Yield all there is, or up to `limit`, a batch at a time. Between two batches nothing is held open.

        Positions are contiguous and final, so that the next batch begins exactly behind the last.
        """
        stretch, left = await self._narrowed(account_sid, chosen, stretch), LAST_POSITION if limit is None else limit
        while left:
            rows = await self.read(account_sid, chosen, stretch, wanted := min(left, BATCH))
            if rows:
                yield rows
            if len(rows) < wanted:
                return
            stretch, left = stretch.after(rows[-1]["position"]), left - wanted

    async def read(self, account_sid: str, chosen: EventFilter, stretch: Stretch, limit: int) -> list[Row]:
        """Return up to `limit` events of a stretch in its order."""
        kept = await self._kept(account_sid, chosen, stretch, limit)
        is_full = len(kept) == limit
        left = stretch.until(kept[-1]["position"]) if is_full else stretch
        if left.below - left.above - 1 == len(kept) - is_full:
            return kept  # each position is there
        # The archive is asked last: what is archived meanwhile is in both, and not in neither.
        archived = await self._archive.read(account_sid, chosen, left, limit)
        if not archived:
            return kept
        both = {row["position"]: row for row in (*archived, *kept)}
        return sorted(both.values(), key=itemgetter("position"), reverse=stretch.newest_first)[:limit]

    async def of_recording(self, account_sid: str, recording_sid: str, *, after_version: int, limit: int) -> list[Row]:
        """Return up to `limit` of one recording's events after a version, oldest first; none when it is unknown."""
        query = statement(__package__, "select_recording_events")
        if kept := await self._pool.fetch(query, account_sid, recording_sid, after_version, limit):
            return list(kept)
        chosen = EventFilter(recording_sid=recording_sid)
        rows = await self._archive.read(account_sid, chosen, Stretch(), MOST_VERSIONS)
        return [row for row in rows if row["version"] > after_version][:limit]

    async def keys(self, account_sid: str, rows: Sequence[Row]) -> dict[str, bytes]:
        """Return the keys that there still are of what is sealed in the rows, by recording."""
        sids = [row["recording_sid"] for row in rows if is_sealed(row["data"])]
        return await keys_of(self._pool, account_sid, sids) if sids else {}

    async def _kept(self, account_sid: str, chosen: EventFilter, stretch: Stretch, limit: int) -> list[Row]:
        few = chosen.names_few or stretch.is_few
        if few or not chosen.types or not set(chosen.types).isdisjoint(EVERYWHERE):
            return list(await self._fetch(account_sid, chosen, stretch, limit, few=few))
        # An index holds each type in the order of positions, but not several.
        each = [
            row
            for name in dict.fromkeys(chosen.types)
            for row in await self._fetch(account_sid, replace(chosen, types=(name,)), stretch, limit, few=False)
        ]
        return sorted(each, key=itemgetter("position"), reverse=stretch.newest_first)[:limit]

    async def _fetch(
        self, account_sid: str, chosen: EventFilter, stretch: Stretch, limit: int, *, few: bool
    ) -> Sequence[Any]:
        text, values = compose(chosen, newest_first=stretch.newest_first, few=few)
        above, below = max(stretch.above, stretch.kept[0]), min(stretch.below, stretch.kept[1])
        return await self._pool.fetch(text, account_sid, above, below, limit, *values)

    async def _narrowed(self, account_sid: str, chosen: EventFilter, stretch: Stretch) -> Stretch:
        """Have `kept` leave out what lies before the time asked for, seen in its order: it would all be read.

        Done once an answer: it reads the whole time in the index.
        """
        if chosen.names_few or not chosen.has_times:
            return stretch
        asked = chosen.occurred_after or ALWAYS[0], chosen.occurred_before or ALWAYS[1]
        few = not await self._has_more(account_sid, asked, MOST_SORTED)
        starts = chosen.occurred_before if stretch.newest_first else chosen.occurred_after
        if few or stretch.is_begun or starts is None:
            return replace(stretch, is_few=few)
        passed = (starts, ALWAYS[1]) if stretch.newest_first else (ALWAYS[0], starts)
        is_long = await self._has_more(account_sid, asked, MOST_WALKED)
        if is_long and not await self._has_more(account_sid, passed, MOST_WALKED):
            return stretch
        (span,) = await self._pool.fetch(self._span, account_sid, *asked)
        return replace(stretch, kept=((span["first"] or 1) - 1, (span["last"] or 0) + 1))

    async def _has_more(self, account_sid: str, time: tuple[datetime, datetime], most: int) -> bool:
        """Say whether more events than that occurred in a time."""
        found: int = await self._pool.fetchval(self._count, account_sid, *time, most + 1)
        return found > most
