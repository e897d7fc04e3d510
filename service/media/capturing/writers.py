"""Threads that write: one is enough while the disk answers; a file that hangs holds up no other."""

import asyncio
import threading
from collections import deque
from contextlib import suppress

from service.media.capturing.backlog import Writing

MOST = 32
"""Threads: as many files may hang before the others wait for them."""


class Writers:
    """Each thread takes turns from one queue until it is empty: a single one for all calls, when nothing hangs."""

    def __init__(self) -> None:
        self._waiting: deque[Writing] = deque()
        self._done: deque[Writing] = deque()
        self._working: set[asyncio.Future[None]] = set()

    async def run(self, turns: list[Writing], patience: float) -> list[Writing]:
        """Have `turns` done; return those that are, and earlier ones that are by now, after `patience` seconds."""
        self._waiting.extend(turns)
        if self._waiting and len(self._working) < MOST:
            await asyncio.wait({self._begin()}, timeout=patience)
        return [self._done.popleft() for _ in range(len(self._done))]

    async def rest(self, patience: float) -> list[Writing]:
        """Return what is done when nothing is under way any more, or after `patience` seconds."""
        if self._working:
            await asyncio.wait(self._working, timeout=patience)
        return [self._done.popleft() for _ in range(len(self._done))]

    def _begin(self) -> asyncio.Future[None]:
        loop = asyncio.get_running_loop()
        work: asyncio.Future[None] = loop.create_future()
        self._working.add(work)
        work.add_done_callback(self._working.discard)
        # A daemon: the process can end while a file hangs.
        threading.Thread(target=self._work, args=(loop, work), name="writer", daemon=True).start()
        return work

    def _work(self, loop: asyncio.AbstractEventLoop, work: asyncio.Future[None]) -> None:
        while True:
            try:
                turn = self._waiting.popleft()
            except IndexError:
                break
            turn.do()
            self._done.append(turn)
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_resolve, work)


def _resolve(work: asyncio.Future[None]) -> None:
    if not work.done():
        work.set_result(None)
