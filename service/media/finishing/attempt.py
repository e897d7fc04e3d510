"""One recording, from stopped to completed or absent: files first, then the fact that says so."""

import asyncio
import errno
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import structlog

from service.application.accounts import Accounts
from service.application.handler import CommandHandler
from service.application.identifiers import new_sid
from service.application.metadata import SYSTEM, Metadata
from service.application.public_keys import PublicKeys
from service.domain.commands import Command, CompleteRecording, DamageRecording, DelayRecording, MarkRecordingAbsent
from service.domain.events import RecordingCompleted, RecordingDamaged, RecordingDelayed
from service.domain.recording import Recording
from service.domain.refusals import Refusal
from service.domain.values import TOO_SHORT, DamageCause, DelayCause, Status
from service.media.alone import alone
from service.media.capturing.live import LiveAudio
from service.media.finishing.finish import Job, NothingRecorded, Rate, Rules
from service.media.finishing.finished import finish_once, known
from service.media.finishing.finishings import Claim
from service.media.finishing.workers import Workers
from service.media.salvage import examine
from service.media.secrecy.encryption import CustomerKey
from service.media.secrecy.sealing import Sealing
from service.media.spool import Spool
from service.media.storing.address import LOCAL
from service.media.storing.copies import Copies
from service.media.storing.store import Key, LocalStore
from service.media.storing.stores import Stores

MOST_READS = 8
"""Attempts, in two minutes, before a recording is made of what can be read of its sound."""
log = structlog.get_logger()


class NotYet(Exception):  # noqa: N818 - what is to be done, not an error
    """Frames of the recording are still on their way to its spool, or another attempt is at it."""


class SpoolUnreadable(OSError):  # noqa: N818 - what is so, and may pass
    """A track cannot be read; a mount or its rights may be put right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Where finished files are put, and what locks them."""

    local: LocalStore
    stores: Stores
    copies: Copies
    public_keys: PublicKeys
    sealing: Sealing


class Attempts:
    """Makes one attempt at a recording whose lease this process holds."""

    def __init__(
        self,
        handler: CommandHandler,
        accounts: Accounts,
        live: LiveAudio,
        keeping: Keeping,
        data_dir: Path,
        workers: Workers,
        rules: Rules,
        now: Callable[[], datetime],
    ) -> None:
        self._handler = handler
        self._accounts = accounts
        self._live = live
        self.keeping = keeping
        self._data_dir = data_dir
        self._workers = workers
        self._rules = rules
        self._now = now

    def with_sound(self, keys: Iterable[Key]) -> set[Key]:
        """Return those of the recordings that have something in their spool here; blocks."""
        return {key for key in keys if Spool(self._data_dir, *key).has_sound}

    async def make(self, claim: Claim) -> None:
        """Finish the recording if it is to be finished. Raises NotYet, and whatever keeps it from being finished."""
        lock = alone(Spool(self._data_dir, *claim.key).folder)
        is_ours = await asyncio.to_thread(lock.__enter__)  # a disk that hangs holds up nothing else
        try:
            if not is_ours:
                raise NotYet
            await self._make(claim)
        finally:
            lock.__exit__(None, None, None)

    async def _make(self, claim: Claim) -> None:
        account_sid, sid = claim.key
        state, spool = await self._handler.load(account_sid, sid), Spool(self._data_dir, account_sid, sid)
        if state.started is None or state.status.is_active:
            return  # it is added when its last frames are written
        if self._live.is_capturing(account_sid, state.started, sid):
            raise NotYet
        if state.status is Status.STOPPED:
            has_sound = await asyncio.to_thread(lambda: spool.has_sound)
            if not has_sound and not claim.is_all:
                return  # it is added when its upload is there, or no longer waited for
            if claim.was_lost:
                await self.delayed(claim, DelayCause.WORKER, "the process that was finishing it is gone")
            command = await self._kept(claim, state) if has_sound else self._absent(sid, TOO_SHORT)
            await self._conclude(account_sid, command)
        else:
            await self._discard(claim.key, state)  # what a process made that was gone before it could say so
        await asyncio.to_thread(spool.remove)

    async def delayed(self, claim: Claim, cause: DelayCause, detail: str) -> None:
        """Put on record what kept the recording from being finished."""
        facts = RecordingDelayed(cause=cause, detail=detail)
        await self._note(claim, DelayRecording(sid=claim.recording_sid, at=self._now(), facts=facts))

    async def _note(self, claim: Claim, command: Command) -> None:
        try:
            await self._handler.handle(claim.account_sid, command, _metadata())
        except Refusal as refusal:
            log.info("finish.over", recording=claim.recording_sid, reason=str(refusal))

    async def _look_for_damage(self, claim: Claim, state: Recording) -> None:
        """Put on record what a crash or the disk did to a spool. Raises SpoolUnreadable while it may get better."""
        spool = Spool(self._data_dir, *claim.key)
        if await asyncio.to_thread(spool.upload.exists):
            return
        left = await asyncio.to_thread(examine, spool, state)
        if not left.is_readable and claim.unreadable < MOST_READS - 1:
            raise SpoolUnreadable(errno.EIO, "captured sound cannot be read")
        if left.damage:
            facts = RecordingDamaged(cause=DamageCause.SPOOL, lost=None, detail="; ".join(left.damage))
            await self._note(claim, DamageRecording(sid=claim.recording_sid, at=self._now(), facts=facts))

    async def _kept(self, claim: Claim, state: Recording) -> Command:
        """Have the files made, and taken where the account's media go. Raises StoreFailed."""
        # Asked once: what is made for the data folder may be sealed, and a store takes none of that.
        url = await self.keeping.stores.url_of(claim.account_sid)
        command = await self._outcome(claim, state, url)
        if url == LOCAL or not isinstance(command, CompleteRecording):
            return command
        if media_url := await self._stored(claim, state, command.facts, url):
            return replace(command, facts=replace(command.facts, media_url=media_url))
        return await self._outcome(claim, state, LOCAL)  # the data folder stands in, where files are to be sealed

    async def _outcome(self, claim: Claim, state: Recording, store_url: str) -> Command:
        job = await self._job(claim.key, state, store_url)
        facts = await asyncio.to_thread(known, job)
        if facts is None:
            await self._look_for_damage(claim, state)
            try:
                facts = await self._workers.run(finish_once, job)
            except NothingRecorded as nothing:
                await self.keeping.sealing.destroy(*claim.key)
                return self._absent(claim.recording_sid, nothing.error_code)
        return CompleteRecording(sid=claim.recording_sid, at=self._now(), facts=facts)

    async def _job(self, key: Key, state: Recording, store_url: str) -> Job:
        account_sid, sid = key
        account = await self._accounts.find(account_sid)
        if account is None:
            raise LookupError(account_sid)
        rate = Rate(per_minute=account.price_per_minute, unit=account.price_unit)
        public = await self.keeping.public_keys.in_use(account_sid)
        # What goes to a store of the customer's is for the customer to open.
        to_seal = public is None and store_url == LOCAL
        return Job(
            account_sid=account_sid,
            sid=sid,
            state=state,
            data_dir=self._data_dir,
            rate=rate,
            rules=self._rules,
            customer_key=CustomerKey(sid=public.sid, pem=public.pem) if public else None,
            sealing_key=await self.keeping.sealing.key_for(account_sid, sid, wanted=to_seal),
        )

    async def _stored(self, claim: Claim, state: Recording, facts: RecordingCompleted, store_url: str) -> str | None:
        """Have the published files taken to the store; return their URL, None when they are to stay here."""
        folder = self.keeping.local.path(*claim.key, "")
        channels = min(state.started.channels, facts.channels) if state.started else facts.channels

        async def delayed(reason: str) -> None:
            await self.delayed(claim, DelayCause.STORE, f"{reason}; the fallback store is used")

        again = claim.attempts > 1
        return await self.keeping.stores.keep(claim.key, store_url, folder, channels, again=again, delayed=delayed)

    def _absent(self, sid: str, error_code: int) -> Command:
        return MarkRecordingAbsent(sid=sid, at=self._now(), error_code=error_code)

    async def _conclude(self, account_sid: str, command: Command) -> None:
        try:
            await self._handler.handle(account_sid, command, _metadata())
        except Refusal:
            # The switch said meanwhile that there is no recording, or another process finished it.
            await self._discard((account_sid, command.sid), await self._handler.load(account_sid, command.sid))

    async def _discard(self, key: Key, state: Recording) -> None:
        """Leave nothing of the recording but what it needs, now that it is in `state`."""
        if state.status is not Status.COMPLETED:
            await self.keeping.sealing.destroy(*key)
        await self.keeping.copies.discard(key, state)


def _metadata() -> Metadata:
    return Metadata(actor=SYSTEM, request_id=new_sid("RQ"))
