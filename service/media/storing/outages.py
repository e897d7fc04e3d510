"""Which stores are known to be out of reach, so that not every recording waits for one to find out."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from service.media.storing.bucket import StoreFailed

PAUSE_SECONDS = 5.0
"""After a failure the store is left alone so long."""
MOST_AT_ONCE = 4
"""Recordings on their way to each store; with two parts of 5 MiB each this bounds memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outage:
    since: float
    until: float
    reason: str


class Outages:
    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._outages: dict[str, _Outage] = {}
        self._slots: dict[str, asyncio.Semaphore] = defaultdict(partial(asyncio.Semaphore, MOST_AT_ONCE))

    @asynccontextmanager
    async def watched(self, store_url: str) -> AsyncIterator[None]:
        """Do what is done with a store; what fails is remembered. Raises StoreFailed, at once while it is out."""
        self._refuse_known(store_url)
        async with self._slots[store_url]:
            self._refuse_known(store_url)
            began = self._monotonic()
            try:
                yield
            except StoreFailed as failed:
                known = self._outages.get(store_url)
                since, until = known.since if known else began, self._monotonic() + PAUSE_SECONDS
                self._outages[store_url] = _Outage(since=since, until=until, reason=str(failed))
                raise
            self._outages.pop(store_url, None)

    def _refuse_known(self, store_url: str) -> None:
        outage = self._outages.get(store_url)
        if outage and self._monotonic() < outage.until:
            raise StoreFailed(outage.reason)

    def seconds(self, store_url: str) -> float:
        """Return for how long the store has done nothing but fail."""
        outage = self._outages.get(store_url)
        return self._monotonic() - outage.since if outage else 0.0
