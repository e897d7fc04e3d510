"""Legal holds, on single recordings and on accounts: placed, released, and looked up as the log tells of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from service.application.handler import CommandHandler
from service.application.metadata import Metadata
from service.application.policies import AccountPolicies
from service.domain.account import HoldAccount, ReleaseAccount
from service.domain.commands import HoldRecording, ReleaseRecording
from service.domain.events import RecordingRefused
from service.domain.refusals import RecordingNotFound
from service.domain.values import HoldScope
from service.postgres.statement import statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A hold in force; `stream` is what it is on: a recording's SID, or the account's own."""

    account_sid: str
    stream: str
    reference: str | None
    occurred_at: datetime
    actor_sid: str | None
    actor_role: str
    request_id: str

    @property
    def recording_sid(self) -> str | None:
        return None if self.stream == self.account_sid else self.stream


class Holds:
    """Where a recording's SID is None, the account itself is meant."""

    def __init__(
        self, pool: asyncpg.Pool, handler: CommandHandler, policies: AccountPolicies, now: Callable[[], datetime]
    ) -> None:
        self._pool = pool
        self._handler = handler
        self.policies = policies
        self._now = now

    async def place(
        self, account_sid: str, recording_sid: str | None, reference: str | None, metadata: Metadata
    ) -> Hold | None:
        """Place a hold; one that is there stays as it is. Return it. Raises RecordingNotFound."""
        if recording_sid is None:
            await self.policies.handle(account_sid, HoldAccount(at=self._now(), reference=reference), metadata)
        else:
            await self._find_recording(account_sid, recording_sid)
            command = HoldRecording(sid=recording_sid, at=self._now(), reference=reference)
            await self._handler.handle(account_sid, command, metadata)
        return await self._hold(account_sid, recording_sid)

    async def release(self, account_sid: str, recording_sid: str | None, metadata: Metadata) -> None:
        """End a hold, if there is one. Raises RecordingNotFound."""
        if recording_sid is None:
            await self.policies.handle(account_sid, ReleaseAccount(at=self._now()), metadata)
        else:
            await self._find_recording(account_sid, recording_sid)
            command = ReleaseRecording(sid=recording_sid, at=self._now())
            await self._handler.handle(account_sid, command, metadata)

    async def find(self, account_sid: str, recording_sid: str | None) -> Hold | None:
        """Return the hold on just that. Raises RecordingNotFound."""
        if recording_sid is not None:
            await self._find_recording(account_sid, recording_sid)
        return await self._hold(account_sid, recording_sid)

    async def over(self, account_sid: str, recording_sid: str) -> Hold | None:
        """Return the hold that a recording is under: its own, or else its account's."""
        return await self._hold(account_sid, recording_sid) or await self._hold(account_sid, None)

    async def behind(self, account_sid: str, recording_sid: str, refused: RecordingRefused) -> Hold:
        """Return the hold that a request was refused under, whatever became of it."""
        stream = recording_sid if refused.under is HoldScope.RECORDING else None
        hold = await self._hold(account_sid, stream, refused.hold)
        assert hold is not None, "the log forgets nothing"  # noqa: S101 - what the type cannot say
        return hold

    async def all(self, account_sid: str | None = None) -> list[Hold]:
        """Return the holds in force: an account's own first, then those of its recordings."""
        rows = await self._pool.fetch(statement(__package__, "list_holds"), account_sid)
        found = [await self._hold(row["account_sid"], row["recording_sid"]) for row in rows]
        return [hold for hold in found if hold]

    async def _hold(self, account_sid: str, recording_sid: str | None, version: int | None = None) -> Hold | None:
        query = statement(__package__, "select_hold")
        row = await self._pool.fetchrow(query, account_sid, recording_sid or account_sid, version)
        return Hold(**row) if row else None

    async def _find_recording(self, account_sid: str, recording_sid: str) -> None:
        if not await self._pool.fetchval(statement(__package__, "select_kept"), account_sid, recording_sid):
            raise RecordingNotFound
