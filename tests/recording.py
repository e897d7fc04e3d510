"""A recorder on a clock that is set by hand, over spools that refuse or hang on demand, and a log in memory."""

import asyncio
import errno
import os
import threading
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from facts import AC, started
from service.application.codec import decode
from service.application.handler import CommandHandler
from service.application.metadata import SYSTEM, Metadata
from service.application.views import RecordingView
from service.domain.commands import StartRecording, StopRecording
from service.domain.events import Event
from service.domain.values import StopCause
from service.eventstore.memory import MemoryEventStore
from service.media.capturing.capture import Frame
from service.media.capturing.damages import Damages
from service.media.capturing.live import LiveAudio
from service.media.capturing.memory import Memory
from service.media.capturing.recorder import Recorder
from service.media.spool import Spool

AT = datetime(2026, 11, 22, tzinfo=UTC)
METADATA = Metadata(actor=SYSTEM, request_id="RQ" + "1" * 32)
FRAME = 160
TICK = 0.2
PATTERN = np.random.default_rng(7).integers(1, 255, 1 << 20, np.uint8).tobytes()
"""What everybody says; never silence, and nowhere the same as elsewhere."""


class Log(MemoryEventStore):
    is_out = False

    async def append(self, append):
        if self.is_out:
            raise ConnectionRefusedError
        return replace(await super().append(append), row=dict.fromkeys(RecordingView.__slots__))


@dataclass
class Disk:
    """Which spools refuse to write or sync, with which error; those that hang do so until `freed`."""

    refusing: dict[str, int] = field(default_factory=dict)
    not_syncing: dict[str, int] = field(default_factory=dict)
    hanging: set[str] = field(default_factory=set)
    freed: threading.Event = field(default_factory=threading.Event)
    stuck: set[str] = field(default_factory=set)
    written: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))


class FailingSpool(Spool):
    def __init__(self, disk: Disk, data_dir: Path, account_sid: str, recording_sid: str) -> None:
        super().__init__(data_dir, account_sid, recording_sid)
        self._disk, self._sid = disk, recording_sid

    def write(self, pieces):
        if self._sid in self._disk.hanging:
            self._disk.stuck.add(self._sid)
            self._disk.freed.wait(600)
            self._disk.stuck.discard(self._sid)
        self._fail(self._disk.refusing)
        self._disk.written[self._sid] += [(piece.offset, piece.end) for piece in pieces]
        super().write(pieces)

    def sync(self):
        self._fail(self._disk.not_syncing)
        super().sync()

    def _fail(self, failures: dict[str, int]) -> None:
        if number := failures.get(self._sid):
            raise OSError(number, os.strerror(number), str(self.folder))


class Studio:
    """One stream to a call, one call to a recording; all are numbered."""

    def __init__(self, folder: Path, *, memory: int = 64 << 20, disk_retry: float = 30.0) -> None:
        self.folder, self.now, self.disk, self.memory = folder, 0.0, Disk(), Memory(memory)
        self.log, self.captured = Log(lambda: AT), []
        self.handler = CommandHandler(self.log, lambda *_: [])
        self.live = LiveAudio(lambda *sids: FailingSpool(self.disk, folder, *sids), self.memory)
        self.handler.listeners.append(self.live.on_event)
        self.damages = Damages(self.handler, lambda: AT)
        self.recorder = Recorder(
            self.live, lambda: self.now, self.damages, disk_retry=disk_retry, when_captured=self._take
        )

    async def record(self, number: int, position: int | None = 0) -> str:
        self.live.conversation((AC, call(number))).attached.append("MZ1")
        facts = replace(started(), call_sid=call(number), position=position)
        await self.handler.handle(AC, StartRecording(sid=sid(number), at=AT, facts=facts), METADATA)
        return sid(number)

    async def stop(self, number: int) -> None:
        with self.live.hold(AC, call(number)) as position:
            command = StopRecording(sid=sid(number), at=AT, cause=StopCause.API, position=position)
            await self.handler.handle(AC, command, METADATA)

    def hear(self, numbers: list[int], seconds: float = TICK, sides: tuple[str, ...] = ("inbound", "outbound")) -> None:
        begin = round(self.now * 8000)
        self.now += seconds
        for at in range(begin, begin + round(seconds * 8000), FRAME):
            for number in numbers:
                live = self.live.conversation((AC, call(number)))
                for side in sides:
                    live.feed(Frame(at, side, PATTERN[at : at + FRAME]), self.now)

    async def go_on(self, numbers: list[int], seconds: float) -> None:
        """Let everybody speak, with the recorder's loop turning."""
        for _ in range(round(seconds / TICK)):
            self.hear(numbers)
            await self.turn()

    async def wait(self, seconds: float) -> None:
        """Let nobody speak."""
        for _ in range(round(seconds / TICK)):
            self.now += TICK
            await self.turn()

    async def turn(self) -> None:
        await self.recorder.tick()
        # The clock stands still for a disk that is slow: else a busy machine's would count as one that hangs.
        while len(self.recorder._writers._working) > len(self.disk.stuck):  # noqa: ASYNC110 - threads tell nobody
            await asyncio.sleep(0.001)
        await self.damages.tick()

    async def events(self, number: int) -> list[Event]:
        return [decode(event) for event in await self.log.read_stream(AC, sid(number))]

    def kept(self, number: int, side: str = "inbound") -> bytes:
        """Return what the spool has, as it was said; silence is 0."""
        coded = (self.folder / "spool" / AC / sid(number) / f"{side}.ulaw").read_bytes()
        return bytes(0 if byte == 0 else byte ^ 0xFF for byte in coded)

    def _take(self, _account_sid: str, recording_sid: str) -> None:
        self.captured.append(recording_sid)


def sid(number: int) -> str:
    return f"RE{number:032x}"


def call(number: int) -> str:
    return f"CA{number:032x}"


FULL = errno.ENOSPC
