"""Keeps up, behind the log, what is not projected in the append itself."""

import asyncio
from collections.abc import Iterable

import asyncpg

from service.application.repeating import repeat
from service.projections.follow import Follower
from service.projections.projection import Projection
from service.projections.registry import PROJECTIONS
from service.projections.usage import COUNT_SECONDS, Usage


class Upkeep:
    """Each follower is on its own: one that is stopped by an event it does not know holds up no other."""

    def __init__(self, pool: asyncpg.Pool, projections: Iterable[Projection] = PROJECTIONS.values()) -> None:
        self._followers = [Follower(pool, projection) for projection in projections if not projection.inline]
        self._usage = Usage(pool)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as loops:
            for follower in self._followers:
                loops.create_task(follower.run())
            loops.create_task(repeat(self._usage.count_callbacks, COUNT_SECONDS, failed="usage.failed"))
