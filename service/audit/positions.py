"""An account's log in one piece, where part of it is no longer in the database."""

from collections.abc import AsyncIterable, AsyncIterator, Callable

from service.eventstore.event import Row

Archived = Callable[[str], AsyncIterator[Row]]
"""Given an account, yields its archived events by position, as a follower of the chain reads them."""


async def nothing_archived(_: str) -> AsyncIterator[Row]:
    none: tuple[Row, ...] = ()
    for row in none:
        yield row


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
