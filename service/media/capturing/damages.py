"""Puts on record what happened to recordings, and tries again until the database takes it."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from service.application.handler import CommandHandler
from service.application.identifiers import new_sid
from service.application.metadata import SYSTEM, Metadata
from service.domain.commands import Command, DamageRecording, StopRecording
from service.domain.events import RecordingDamaged
from service.domain.refusals import Refusal
from service.domain.values import DamageCause, StopCause
from service.postgres.pool import DATABASE_LOST

AGAIN_SECONDS = 1.0
TIMEOUT_SECONDS = 5.0
Key = tuple[str, str]
"""Account SID and recording SID."""
log = structlog.get_logger()


class Damages:
    """What waits is kept in memory: after a crash the sweep ends the recordings, and finishing says what was torn."""

    def __init__(self, handler: CommandHandler, now: Callable[[], datetime]) -> None:
        self._handler = handler
        self._now = now
        self._waiting: dict[Key, list[Command]] = {}
        self._awake = asyncio.Event()

    def damaged(self, account_sid: str, sid: str, cause: DamageCause, lost: int | None, detail: str) -> None:
        """Have it on record that sound was lost."""
        facts = RecordingDamaged(cause=cause, lost=lost, detail=detail)
        self._put(account_sid, DamageRecording(sid=sid, at=self._now(), facts=facts))

    def ended(self, account_sid: str, sid: str, position: int | None) -> None:
        """Have a recording stopped that cannot go on: it has what lies before `position`."""
        stop = StopRecording(sid=sid, at=self._now(), cause=StopCause.MEDIA_LOST, position=position)
        self._put(account_sid, stop)

    def is_waiting(self, account_sid: str, sid: str) -> bool:
        """Say whether something about the recording is not on record yet."""
        return (account_sid, sid) in self._waiting

    async def tick(self) -> int:
        """Try to put on record what waits, each recording's in its order; return how many were."""
        return sum([await self._try(key) for key in list(self._waiting)])

    async def run(self) -> None:
        """Repeat `tick`."""
        while True:
            await self._awake.wait()
            self._awake.clear()
            await self.tick()
            if self._waiting:
                self._awake.set()
                await asyncio.sleep(AGAIN_SECONDS)

    def _put(self, account_sid: str, command: Command) -> None:
        self._waiting.setdefault((account_sid, command.sid), []).append(command)
        self._awake.set()

    async def _try(self, key: Key) -> int:
        done = 0
        while commands := self._waiting.get(key):
            try:
                async with asyncio.timeout(TIMEOUT_SECONDS):
                    await self._handler.handle(key[0], commands[0], Metadata(actor=SYSTEM, request_id=new_sid("RQ")))
                done += 1
            except Refusal as refusal:
                log.info("damage.over", recording=key[1], reason=str(refusal))
            except (*DATABASE_LOST, TimeoutError) as error:
                log.warning("damage.not_noted", recording=key[1], error=str(error))
                return done
            except Exception:
                log.exception("damage.not_noted", recording=key[1])
                return done
            del commands[0]
            if not commands:
                del self._waiting[key]
        return done
