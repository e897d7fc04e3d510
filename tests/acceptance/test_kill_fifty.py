"""The whole service, its workers and its database are killed while fifty calls are recorded: all fifty are kept."""

import asyncio
import time
from contextlib import suppress

import aiohttp
import numpy as np
import pytest

from listener import causes, download
from speaker import FRAME, FRAME_MS, Stream, speech, stream

CALLS = [f"CA{number:032x}" for number in range(50)]
MOST_LOST = 12000
"""1.5 seconds: what was written survives a killed process, what was synced even a host without power."""
ENOUGH = 4 * 8000
SETTINGS = {"RECORDKEEPER_REATTACH_SECONDS": "2"}


class Call:
    """A call whose two sides speak in real time; knows how much of it the service has read."""

    def __init__(self, number: int) -> None:
        self.sid = CALLS[number]
        self.sides = {
            "inbound": speech("agent", 15, skip=number / 2),
            "outbound": speech("caller", 15, skip=number / 2),
        }
        self.read = 0
        self.sent = 0
        self.enough = asyncio.Event()

    async def speak(self, service) -> None:
        """Speak until the line breaks."""
        with suppress(aiohttp.ClientError, ConnectionError, AssertionError):
            async with stream(service, self.sides, f"MZ{self.sid}") as live:
                await live.start(service.credentials[0], self.sid, Record="true", RecordingChannels="dual")
                await self._play(live)

    async def _play(self, live: Stream) -> None:
        began = time.monotonic()
        while True:
            self.sent = live.at + FRAME
            await live.play((live.at + FRAME) / 8000)
            self.read = live.at
            if self.read >= ENOUGH:
                self.enough.set()
            await asyncio.sleep(began + live.at / FRAME * FRAME_MS / 1000 - time.monotonic())


async def all_completed(service) -> dict[str, str]:
    """Return the recordings' SIDs by call once none of them is anything else."""
    async with asyncio.timeout(60):
        while True:
            rows = await asyncio.to_thread(service.client().recordings.list)
            if {row.status for row in rows} == {"completed"}:
                return {row.call_sid: row.sid for row in rows}
            await asyncio.sleep(0.5)


@pytest.mark.parametrize("service", [SETTINGS], indirect=True)
async def test_fifty_calls_survive_the_kill_of_everything(service):
    calls = [Call(number) for number in range(len(CALLS))]
    speaking = [asyncio.create_task(call.speak(service)) for call in calls]
    for call in calls:
        await call.enough.wait()
    read = {call.sid: call.read for call in calls}
    await asyncio.to_thread(service.kill_all)
    await asyncio.gather(*speaking)
    await asyncio.to_thread(service.start)
    kept = await all_completed(service)
    assert sorted(kept) == CALLS
    for call in calls:
        assert causes(service, kept[call.sid])[1] == ("stopped", "media-lost")
        samples, _ = await asyncio.to_thread(download, service, kept[call.sid])
        known = read[call.sid] - MOST_LOST
        assert known <= len(samples) <= call.sent
        said = np.stack([side[: len(samples)] for side in call.sides.values()], axis=1)
        assert np.array_equal(samples[:known], said[:known])
        # The kill may have come between the two sides' last writes: then the one not written is silence.
        assert np.all((samples == said) | (samples == 0))
