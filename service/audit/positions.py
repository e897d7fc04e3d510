"""An account's log in one piece, where part of it is no longer in the database."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Sequence
from typing import Final, Protocol

from service.audit.choice import EventFilter, Stretch
from service.eventstore.event import Row

NEIGHBOURS: Final = 256
"""Positions that are no farther apart are read at once."""


class OutOfReach(Exception):  # noqa: N818 - what was met
    """The archive cannot be read at present, or holds something else than was written; the message says which."""


class Archive(Protocol):
    """Events that are no longer in the database. Its methods raise OutOfReach."""

    async def read(self, account_sid: str, chosen: EventFilter, stretch: Stretch, limit: int) -> Sequence[Row]:
        """Return up to `limit` events of a stretch in its order, in the shape of database rows."""
        ...

    def chain(self, account_sid: str, after: int) -> AsyncIterator[Row]:
        """Yield all after a position, by position, in the shape of `select_chain`'s rows."""
        ...


class NothingArchived:
    async def read(self, _account_sid: str, _chosen: EventFilter, _stretch: Stretch, _limit: int) -> Sequence[Row]:
        return ()

    async def chain(self, _account_sid: str, _after: int) -> AsyncIterator[Row]:
        none: tuple[Row, ...] = ()
        for row in none:
            yield row


NOTHING_ARCHIVED: Final[Archive] = NothingArchived()


async def archived_hashes(archive: Archive, account_sid: str, positions: Iterable[int]) -> dict[int, bytes]:
    """Return the hashes at those positions that are archived; maybe at others between them."""
    runs: list[list[int]] = []
    for position in sorted(positions):
        if runs and position - runs[-1][-1] <= NEIGHBOURS:
            runs[-1].append(position)
        else:
            runs.append([position])
    found: dict[int, bytes] = {}
    for first, last in ((run[0], run[-1]) for run in runs):
        stretch = Stretch(above=first - 1, below=last + 1)
        rows = await archive.read(account_sid, EventFilter(), stretch, last - first + 1)
        found |= {row["position"]: row["hash"] for row in rows}
    return found


async def by_position(kept: AsyncIterable[Row], archived: AsyncIterator[Row]) -> AsyncIterator[Row]:
    """Yield both in the order of their positions."""
    waiting = await anext(archived, None)
    async for row in kept:
        while waiting is not None and waiting["position"] < row["position"]:
            yield waiting
            waiting = await anext(archived, None)
        yield row
    while waiting is not None:
        yield waiting
        waiting = await anext(archived, None)
