"""A file of an archive is read in small parts, in the order of its positions."""

from datetime import timedelta

import pytest

from facts import AC
from longlog import COLUMNS, records
from service.export import archive
from service.export.archive_file import BATCH, OpenedFile
from service.export.columns import CANONICAL
from service.export.table import ParquetFile, as_text

COUNT = 2 * BATCH + 1


def written(*, harmed: int = 0) -> bytes:
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in records(AC, COUNT, timedelta(hours=1))]
    if harmed:
        rows[harmed - 1]["canonical"] += " "
    file = ParquetFile(CANONICAL)
    file.add(list(map(as_text, rows)))
    return file.close()


def test_all_rows_come_in_batches_of_a_bounded_size():
    batches = list(OpenedFile(written()).batches())
    assert list(map(len, batches)) == [BATCH, BATCH, 1]
    assert [row["position"] for batch in batches for row in batch] == list(range(1, COUNT + 1))


@pytest.mark.parametrize(
    ("harmed", "rows", "first"), [(0, COUNT, 1), (0, COUNT + 1, None), (1, COUNT, None), (COUNT, COUNT, None)]
)
def test_a_file_that_is_read_back_holds_every_event_under_its_hash(harmed, rows, first):
    assert archive._first_position(written(harmed=harmed), rows) == first
