"""Rows of a statement as Parquet: typed columns, row groups of a bounded size."""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

BATCH_ROWS = 10_000
"""Rows a statement, and rows a row group."""
FILE_ROWS = 10 * BATCH_ROWS
"""At most that many in one file, which is what an export holds in memory, compressed."""

TIME = pa.timestamp("us", tz="UTC")
JSON = pa.string()
HASH = pa.binary(32)
MONEY = pa.decimal128(18, 8)


class ParquetFile:
    """One file being written in memory: it is small, and where it goes to takes it whole."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._buffer = pa.BufferOutputStream()
        self._writer = pq.ParquetWriter(self._buffer, schema, compression="zstd")
        self.rows = 0
        self.last: Mapping[str, Any] = {}

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        arrays = [pa.array([row[field.name] for row in rows], field.type) for field in self._schema]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema), row_group_size=BATCH_ROWS)
        self.rows += len(rows)
        self.last = rows[-1]

    def close(self) -> bytes:
        self._writer.close()
        return bytes(self._buffer.getvalue())


def as_text(row: Mapping[str, Any] | asyncpg.Record) -> dict[str, Any]:
    """Return a row with what is JSON as text: the pool reads it as objects."""
    return {
        name: orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode() if isinstance(value, dict | list) else value
        for name, value in row.items()
    }
