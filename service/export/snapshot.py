"""Exports a read model as it is: files by account and day, each replaced whole."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from operator import itemgetter

import asyncpg
import pyarrow as pa

from service.export.columns import RECORDINGS, USAGE
from service.export.destination import Destination
from service.export.events import Span, Told
from service.export.table import BATCH_ROWS, FILE_ROWS, ParquetFile, as_text
from service.postgres.statement import statement

_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
_DAY = re.compile(r"/day=(\d{4}-\d\d-\d\d)/")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadModel:
    """`select` takes an account, the `moment` and `key` after which to go on, an end, and a limit.

    It returns `moment`, `key` and `day` beside the columns, in the order of the first two.
    """

    name: str
    select: str
    schema: pa.Schema


READ_MODELS = {
    "recordings": ReadModel(name="recordings", select=statement(__package__, "select_recordings"), schema=RECORDINGS),
    "usage": ReadModel(name="usage", select=statement(__package__, "select_usage"), schema=USAGE),
}


class Snapshot:
    """Rows are read in batches, each as it is then: a day of up to 10,000 rows is one moment's, a longer one is not."""

    def __init__(self, pool: asyncpg.Pool, place: Destination, told: Told, model: ReadModel) -> None:
        self._pool = pool
        self._place = place
        self._told = told
        self._model = model
        self._written: set[str] = set()

    async def run(self, account_sid: str, span: Span) -> int:
        """Write the days that the span touches, and remove what those have no rows for any more; return the rows."""
        since, until = _whole_days(span)
        folder, count = f"{self._model.name}/account_sid={account_sid}", 0
        file, day, after = ParquetFile(self._model.schema), since.date(), (since, "")
        while rows := await self._pool.fetch(self._model.select, account_sid, *after, until, BATCH_ROWS):
            after, count = (rows[-1]["moment"], rows[-1]["key"]), count + len(rows)
            for found_day, run in groupby(rows, key=itemgetter("day")):
                if file.rows and (found_day != day or file.rows >= FILE_ROWS):
                    await self._publish(folder, day, file)
                    file = ParquetFile(self._model.schema)
                day = found_day
                file.add([as_text(row) for row in run])
        if file.rows:
            await self._publish(folder, day, file)
        await self._remove_others(folder, since.date(), until.date())
        return count

    async def _publish(self, folder: str, day: date, file: ParquetFile) -> None:
        numbered = (f"{folder}/day={day}/{number:04d}.parquet" for number in range(1, 10000))
        key = next(key for key in numbered if key not in self._written)
        await self._place.write(key, file.close())
        self._written.add(key)
        self._told(file.rows)

    async def _remove_others(self, folder: str, first: date, end: date) -> None:
        async for key in self._place.keys(folder):
            found = _DAY.search(key)
            if found and first <= date.fromisoformat(found[1]) < end and key not in self._written:
                await self._place.erase(key)


def _whole_days(span: Span) -> tuple[datetime, datetime]:
    since = (span.since or _EARLIEST).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if span.until is None:
        return since, _LATEST
    until = span.until.astimezone(UTC)
    midnight = until.replace(hour=0, minute=0, second=0, microsecond=0)
    return since, midnight if midnight == until else midnight + timedelta(days=1)
