"""Lists that are newest first, a page at a time, by SID: rows that arrive meanwhile neither repeat nor hide any."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Listed(Protocol):
    @property
    def sid(self) -> str: ...


Item_co = TypeVar("Item_co", bound=Listed, covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A place in a list: behind `sid` (older), or before it (newer)."""

    sid: str
    newer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item_co]):
    rows: Sequence[Item_co]
    has_newer: bool
    has_older: bool

    @classmethod
    def of(cls, found: Sequence[Item_co], size: int, cursor: Cursor | None) -> "Page[Item_co]":
        """Return the page that `found` makes: up to `size` + 1 rows, those nearest the cursor first."""
        more, rows = len(found) > size, found[:size]
        if cursor is not None and cursor.newer:
            return cls(rows=rows[::-1], has_newer=more, has_older=True)
        return cls(rows=rows, has_newer=cursor is not None, has_older=more)
