"""Events that are no longer in the database, read from where the table `archives` says they are."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from operator import itemgetter

import asyncpg
import orjson

from service.audit.choice import EventFilter, Stretch
from service.audit.positions import OutOfReach
from service.eventstore.event import Row, canonical_json, iso_time
from service.export.archive_file import Condition, Event, Extent
from service.export.archive_files import ArchiveFiles
from service.postgres.statement import statement

CHAIN_BATCH = 5_000
Key = tuple[str, str, int]
_KEY = itemgetter("account_sid", "partition", "number")


class Archived:
    """What `archives` names: a file at a time, of those whose positions may be asked for. Raises OutOfReach.

    When an account has none, that is found with one look at an index. Rows of the table whose keys are among `without`
    are passed over.
    """

    def __init__(self, pool: asyncpg.Pool, without: Collection[Key] = ()) -> None:
        self._pool = pool
        self._without = without
        self._files = ArchiveFiles()
        self._query = statement(__package__, "select_archives")

    async def read(
        self,
        account_sid: str,
        chosen: EventFilter,
        stretch: Stretch,
        limit: int,
        *,
        more: Sequence[Condition] = (),
    ) -> list[Event]:
        """Return up to `limit` events of a stretch in its order, of which `more` holds too.

        The positions of two months interleave, so each file that is read narrows what the next can add.
        """
        asked = (account_sid, stretch.above, stretch.below, chosen.recording_sid)
        files, found = await self._pool.fetch(self._query, *asked), list[Event]()
        begin, newest = "last_position" if stretch.newest_first else "first_position", stretch.newest_first
        for file in sorted(files, key=itemgetter(begin), reverse=newest):
            left = stretch.until(found[-1]["position"]) if len(found) == limit else stretch
            if _KEY(file) in self._without:
                continue
            if file["last_position"] <= left.above or file["first_position"] >= left.below:
                continue
            opened = await self._files.opened(file)
            wanted = [("position", ">", left.above), ("position", "<", left.below), *chosen.conditions(), *more]
            rows = await asyncio.to_thread(opened.rows, wanted, limit, newest_first=newest)
            shaped = ({**row, "account_sid": account_sid, "data": orjson.loads(row["data"])} for row in rows)
            found = sorted([*found, *shaped], key=itemgetter("position"), reverse=newest)[:limit]
        return found

    async def batches(self, file: Row) -> AsyncIterator[list[Event]]:
        """Yield all events of the file that a row of `archives` names, their data as text."""
        if _KEY(file) in self._without:
            return
        batches = (await self._files.opened(file)).batches()
        while batch := await asyncio.to_thread(next, batches, None):
            yield batch

    async def extent(self, file: Row) -> Extent:
        try:
            return (await self._files.opened(file)).extent()
        except ValueError as error:
            raise OutOfReach(f"{file['key']} is no file of an archive: {error}") from None

    async def chain(self, account_sid: str, after: int) -> AsyncIterator[Row]:
        """Yield all after a position by position, as a follower of the chain reads them."""
        stretch = Stretch(above=after)
        while rows := await self.read(account_sid, EventFilter(), stretch, CHAIN_BATCH):
            for row in rows:
                times = {name: iso_time(row[name]) for name in ("occurred_at", "recorded_at")}
                yield {**row, **times, "data": canonical_json(row["data"])}
            stretch = stretch.after(rows[-1]["position"])
