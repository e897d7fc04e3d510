"""The loop that erases copies nobody needs: of deleted recordings, and those that another store replaced."""

import asyncio

import structlog

from service.application.repeating import repeat
from service.domain.events import Event, RecordingCompleted
from service.domain.recording import Recording
from service.media.storing.bucket import StoreFailed
from service.media.storing.copies import Copies, Unwanted
from service.media.storing.store import Key, LocalStore
from service.media.storing.stores import Stores
from service.postgres.pool import DATABASE_LOST

POLL_SECONDS = 5.0
MOST_UNDER_WAY = 8
AGAIN_SECONDS, LONGEST_AGAIN_SECONDS = 1.0, 900.0
SETTLE_SECONDS = 3.0
"""How long whoever deletes a recording waits for its media to be gone before the loop is left with it."""
log = structlog.get_logger()


class Eraser:
    def __init__(self, copies: Copies, local: LocalStore, stores: Stores) -> None:
        self._copies = copies
        self._local = local
        self._stores = stores
        self._under_way: set[asyncio.Task[None]] = set()
        self._awake = asyncio.Event()

    def on_event(self, _account_sid: str, _recording_sid: str, _state: Recording, event: Event) -> None:
        """Look for what is due when `event` left the files here that a store has; who deletes does so by `settle`."""
        if isinstance(event, RecordingCompleted) and event.media_url:
            self._awake.set()

    async def settle(self, key: Key) -> None:
        """Erase a recording's unwanted copies now, if that can be done now."""
        try:
            begun = [self._begin(copy) for copy in await self._copies.claim_unwanted(MOST_UNDER_WAY, key)]
        except DATABASE_LOST as error:
            log.warning("erase.not_polled", error=str(error))
        else:
            if begun:
                await asyncio.wait(begun, timeout=SETTLE_SECONDS)

    async def tick(self) -> int:
        """Begin with what is due; return how much that was. `drain` waits for it."""
        free = MOST_UNDER_WAY - len(self._under_way)
        if free <= 0:
            return 0
        due = await self._copies.claim_unwanted(free)
        for copy in due:
            self._begin(copy)
        return len(due)

    async def drain(self) -> None:
        """Wait for what is under way, a moment: the next start goes on with the rest."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=SETTLE_SECONDS)
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def run(self) -> None:
        """Repeat `tick`."""
        await repeat(self.tick, POLL_SECONDS, failed="erase.not_polled", awake=self._awake)

    def _begin(self, copy: Unwanted) -> asyncio.Task[None]:
        task = asyncio.create_task(self._erase(copy))
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._awake.set()

    async def _erase(self, copy: Unwanted) -> None:
        key = copy.account_sid, copy.recording_sid
        try:
            try:
                if copy.is_local:
                    await asyncio.to_thread(self._local.erase, *key)
                else:
                    await self._stores.erase(key, copy.store_url)
                await self._copies.remove(copy)
            except (StoreFailed, OSError) as error:
                again = min(AGAIN_SECONDS * 2 ** min(copy.attempts - 1, 20), LONGEST_AGAIN_SECONDS)
                log.warning("erase.failed", account=key[0], recording=key[1], again=again, error=str(error))
                await self._copies.put_off(copy, again)
        except asyncio.CancelledError:
            await self._copies.put_off(copy, 0)
            raise
        except DATABASE_LOST as error:
            log.warning("erase.not_noted", recording=key[1], error=str(error))
        except Exception:
            log.exception("erase.failed", account=key[0], recording=key[1])
