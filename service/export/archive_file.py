"""One file of an archive, in memory: its rows by what is asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

Event = dict[str, Any]
Condition = tuple[str, str, Any]
"""Column, operator, value."""
BATCH: Final = 1_000
"""Rows that are made of a file at once where all of it is read: as Python's they take fifty times as much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """What is in a file: how many events, and the least and the greatest of their positions and recordings' SIDs."""

    events: int
    positions: tuple[int, int]
    recordings: tuple[str, str]


class OpenedFile:
    """The row group that was decoded last is kept: the next page, or batch, is most likely of the same."""

    def __init__(self, content: bytes) -> None:
        # Loaded by whoever has an archive: it takes 50 MB.
        import pyarrow as pa  # noqa: PLC0415 - as it says
        import pyarrow.dataset as ds  # noqa: PLC0415 - the same

        self._content = content
        self._fragment = ds.ParquetFileFormat().make_fragment(pa.py_buffer(content))
        self._last: tuple[int, Any] | None = None

    def rows(self, wanted: list[Condition], limit: int, *, newest_first: bool) -> list[Event]:
        """Return the first, or the last, so many rows that are wanted, by position."""
        import pyarrow.parquet as pq  # noqa: PLC0415 - as above

        holds = pq.filters_to_expression(wanted)
        groups = [group.row_groups[0].id for group in self._fragment.split_by_row_group(holds)]
        found: list[Event] = []
        for group in reversed(groups) if newest_first else groups:
            table = self._decoded(group).filter(holds)
            left = limit - len(found)
            rows = table.slice(max(0, table.num_rows - left) if newest_first else 0, left).to_pylist()
            found = rows + found if newest_first else found + rows
            if len(found) == limit:
                break
        return found

    def batches(self) -> Iterator[list[Event]]:
        """Yield all rows, by position, without keeping any."""
        import pyarrow as pa  # noqa: PLC0415 - as above
        import pyarrow.parquet as pq  # noqa: PLC0415 - as above

        file = pq.ParquetFile(pa.BufferReader(self._content), pre_buffer=False)
        for batch in file.iter_batches(BATCH, use_threads=False):
            yield batch.to_pylist()

    def extent(self) -> Extent:
        """Return what its footer says: the chain of hashes holds what is read against it. Raises ValueError."""
        metadata = self._fragment.metadata
        groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]

        def ends(name: str) -> tuple[Any, Any]:
            at = metadata.schema.to_arrow_schema().get_field_index(name)
            found = [group.column(at).statistics for group in groups]
            if not all(found):
                raise ValueError(f"its footer does not say between which values {name} is")
            return min(one.min for one in found), max(one.max for one in found)

        return Extent(events=metadata.num_rows, positions=ends("position"), recordings=ends("recording_sid"))

    def _decoded(self, group: int) -> Any:  # noqa: ANN401 - pyarrow ships no types
        # Threads may be here at once: each goes on with what it found or made.
        last = self._last
        if last is None or last[0] != group:
            last = self._last = group, self._fragment.subset(row_group_ids=[group]).to_table(use_threads=False)
        return last[1]
