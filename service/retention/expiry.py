"""What an account's own rules end: its recordings are deleted as a DELETE would, unless a legal hold is on them."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import asyncpg
import structlog

from service.application.codec import UnknownEventType
from service.application.handler import CommandHandler
from service.application.identifiers import new_sid
from service.application.metadata import SYSTEM, Metadata
from service.application.repeating import repeat
from service.domain.commands import DeleteRecording, PurgeRecording
from service.domain.refusals import Refusal
from service.postgres.pool import DATABASE_LOST
from service.postgres.statement import statement

PAUSE_SECONDS = 60.0
BATCH = 200
AT_ONCE = 20
"""Commands decided at the same time: the appends of an account share a commit."""

REFUSES_EVERY = timedelta(hours=1)
"""Each time all that a hold keeps is looked at again, also what is on record."""

Key = tuple[str, str]
log = structlog.get_logger()


class Expiry:
    """Also puts on record, once a hold, that what is left of a deleted recording was not purged because of it.

    A recording that cannot be decided about is logged and passed over: it holds up no other.
    """

    def __init__(self, pool: asyncpg.Pool, handler: CommandHandler, now: Callable[[], datetime]) -> None:
        self._pool = pool
        self._handler = handler
        self._now = now
        self._passed_over: set[str] = set()
        self._refused_at: datetime | None = None

    async def tick(self) -> int:
        """Take a batch of each; return how many events that made."""
        return await self._delete() + await self._refuse()

    async def _delete(self) -> int:
        return sum([await self._handle(DeleteRecording, batch) for batch in await self._due("select_expired")])

    async def _refuse(self) -> int:
        return sum([await self._handle(PurgeRecording, batch) for batch in await self._due("select_held_back")])

    async def run(self) -> None:
        await repeat(self._catch_up, PAUSE_SECONDS, failed="expiry.failed")

    async def _catch_up(self) -> None:
        self._passed_over.clear()
        # Every event takes its recording out of what is due, and so does passing it over.
        while await self._delete():
            pass
        if self._refused_at and self._now() < self._refused_at + REFUSES_EVERY:
            return
        self._refused_at = self._now()
        while await self._refuse():
            pass

    async def _due(self, query: str) -> list[list[Key]]:
        found = await self._pool.fetch(statement(__package__, query), BATCH, list(self._passed_over))
        rows = [(row["account_sid"], row["sid"]) for row in found]
        return [rows[begin : begin + AT_ONCE] for begin in range(0, len(rows), AT_ONCE)]

    async def _handle(self, command: type[DeleteRecording | PurgeRecording], batch: list[Key]) -> int:
        metadata = Metadata(actor=SYSTEM, request_id=new_sid("RQ"))
        return sum(await asyncio.gather(*(self._ask(key, command, metadata) for key in batch)))

    async def _ask(self, key: Key, command: type[DeleteRecording | PurgeRecording], metadata: Metadata) -> int:
        account_sid, sid = key
        try:
            outcome = await self._handler.handle(account_sid, command(sid=sid, at=self._now()), metadata)
        except Refusal:
            return 0  # another process was first
        except DATABASE_LOST:
            raise
        except Exception as error:  # noqa: BLE001 - it is said, and the others are waiting
            write = log.error if isinstance(error, UnknownEventType) else log.exception
            write("expiry.passed_over", account=account_sid, recording=sid, error=str(error))
            self._passed_over.add(sid)
            return 0
        return len(outcome.events)
