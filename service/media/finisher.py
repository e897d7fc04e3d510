"""The loop that turns stopped recordings into finished ones: files first, then the fact that says so."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from weakref import WeakValueDictionary

import asyncpg
import structlog

from service.application.accounts import Accounts
from service.application.handler import CommandHandler
from service.application.identifiers import new_sid
from service.application.metadata import SYSTEM, Metadata
from service.domain.commands import Command, CompleteRecording, MarkRecordingAbsent
from service.domain.recording import Recording
from service.domain.refusals import Refusal
from service.domain.values import Status
from service.media.finish import NothingRecorded, Rate, finish
from service.media.live import LiveAudio
from service.media.spool import Spool
from service.media.store import LocalStore
from service.postgres.pool import DATABASE_LOST
from service.postgres.statement import statement

POLL_SECONDS = 1.0
AGAIN_SECONDS = 10.0
"""After a failure: a full disk or a database out of reach is given this long to recover."""
MOST_AT_ONCE = 2
MOST_OVERDUE = 50
"""Recordings without sound that a look at the database brings: the next look follows when these are done."""
log = structlog.get_logger()
Key = tuple[str, str]


class Finisher:
    """`upload_wait`: seconds in which a switch may still upload what no stream brought. `clock` never goes back."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        handler: CommandHandler,
        accounts: Accounts,
        live: LiveAudio,
        store: LocalStore,
        data_dir: Path,
        upload_wait: float,
        *,
        clock: Callable[[], float],
        now: Callable[[], datetime],
    ) -> None:
        self._pool = pool
        self._handler = handler
        self._accounts = accounts
        self._live = live
        self._store = store
        self._data_dir = data_dir
        self._upload_wait = upload_wait
        self._clock = clock
        self._now = now
        self._under_way: dict[Key, asyncio.Task[None]] = {}
        self._due: dict[Key, float] = {}
        self._arriving: Counter[Key] = Counter()
        self._locks: WeakValueDictionary[Key, asyncio.Lock] = WeakValueDictionary()
        self._slots = asyncio.Semaphore(MOST_AT_ONCE)
        self._awake = asyncio.Event()

    def add(self, account_sid: str, sid: str) -> None:
        """Finish a recording now: all its sound is in the spool."""
        self._due[account_sid, sid] = 0.0
        self._awake.set()

    @asynccontextmanager
    async def upload(self, account_sid: str, sid: str) -> AsyncIterator[asyncio.Lock]:
        """Let no recording be called absent while its upload arrives; yield what keeps this loop off it altogether."""
        key = (account_sid, sid)
        self._arriving[key] += 1
        try:
            yield self._locks.setdefault(key, asyncio.Lock())
        finally:
            self._arriving -= Counter({key: 1})

    def recover(self) -> None:
        """Add what an earlier process left in the spool."""
        for folder in (self._data_dir / "spool").glob("*/*"):
            self.add(folder.parent.name, folder.name)

    async def tick(self) -> int:
        """Begin with what is due; return how much that was. `drain` waits for it."""
        known = [sid for _, sid in (*self._due, *self._under_way)]
        overdue = statement(__package__, "select_overdue_recordings")
        for row in await self._pool.fetch(overdue, self._upload_wait, known, MOST_OVERDUE):
            self._due[row["account_sid"], row["sid"]] = 0.0
        now = self._clock()
        ready = [key for key, at in self._due.items() if at <= now and key not in self._under_way]
        for key in ready:
            self._under_way[key] = asyncio.create_task(self._finish(key))
        return len(ready)

    async def drain(self) -> None:
        """Wait for the recordings under way."""
        while self._under_way:
            await asyncio.wait(self._under_way.values())
            await asyncio.sleep(0)

    async def run(self) -> None:
        """Repeat `tick`."""
        while True:
            self._awake.clear()
            try:
                await self.tick()
            except DATABASE_LOST as error:
                log.warning("finish.not_polled", error=str(error))
            except Exception:
                log.exception("finish.not_polled")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._awake.wait(), POLL_SECONDS)

    async def _finish(self, key: Key) -> None:
        try:
            async with self._slots, self._locks.setdefault(key, asyncio.Lock()):
                del self._due[key]  # what is added from here on is a reason to look again
                await self._attempt(key)
        except Exception:
            self._due[key] = self._clock() + AGAIN_SECONDS
            log.exception("finish.failed", account=key[0], recording=key[1])
        finally:
            del self._under_way[key]
            if not self._under_way:
                self._awake.set()

    async def _attempt(self, key: Key) -> None:
        account_sid, sid = key
        state, spool = await self._handler.load(account_sid, sid), Spool(self._data_dir, account_sid, sid)
        if state.started is None or state.status.is_active or self._live.is_capturing(account_sid, state.started, sid):
            return  # it is added when its last frames are written
        if self._arriving[key] and not spool.upload.exists():
            return  # it is added when its upload is there
        if state.status is not Status.STOPPED:
            await asyncio.to_thread(spool.remove)
            return
        command = await self._outcome(account_sid, sid, state, spool)
        await self._conclude(account_sid, command, spool)

    async def _outcome(self, account_sid: str, sid: str, state: Recording, spool: Spool) -> Command:
        account = await self._accounts.find(account_sid)
        if account is None:
            raise LookupError(account_sid)
        rate = Rate(per_minute=account.price_per_minute, unit=account.price_unit)
        try:
            facts = await asyncio.to_thread(finish, account_sid, sid, state, spool, self._store, rate)
        except NothingRecorded as nothing:
            return MarkRecordingAbsent(sid=sid, at=self._now(), error_code=nothing.error_code)
        return CompleteRecording(sid=sid, at=self._now(), facts=facts)

    async def _conclude(self, account_sid: str, command: Command, spool: Spool) -> None:
        metadata = Metadata(actor=SYSTEM, request_id=new_sid("RQ"))
        try:
            await self._handler.handle(account_sid, command, metadata)
        except Refusal:
            if (await self._handler.load(account_sid, command.sid)).status is not Status.COMPLETED:
                # The switch said meanwhile that there is no recording: then there is none.
                await asyncio.to_thread(self._store.erase, account_sid, command.sid)
        await asyncio.to_thread(spool.remove)
