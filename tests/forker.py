"""A switch that forks a call's sound as jambonz and FreeSWITCH do: JSON once, then linear samples."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import numpy as np
import soxr

FRAME_MS = 20
JAMBONZ = {
    "callId": "a2f1c0f4-b1a4-123b-5a8b-0242ac110002",
    "direction": "inbound",
    "from": "+15083084809",
    "to": "+15084710838",
    "callStatus": "in-progress",
    "sipStatus": 200,
    "applicationSid": "0e0681b0-d49f-4fb8-b973-b5a3c6758de1",
    "originatingSipTrunkName": None,
    "customerData": {"Record": "unheard"},
}
"""What jambonz says beside what counts."""


def at_rate(samples: np.ndarray, rate: int) -> np.ndarray:
    """Return 8 kHz samples, a column a channel, as a switch at another rate has them."""
    return samples if rate == 8000 else soxr.resample(samples, 8000, rate)


@dataclass
class Fork:
    """`sound` is sent as fast as the socket takes it, 20 ms a message, or as `play` is told."""

    socket: aiohttp.ClientWebSocketResponse
    sound: np.ndarray
    rate: int
    at: int = field(default=0)

    async def start(self, account_sid: str, call_sid: str, **more: object) -> None:
        mix = "stereo" if self.sound.ndim > 1 else "mixed"
        said = {"callSid": call_sid, "accountSid": account_sid, "sampleRate": self.rate, "mixType": mix}
        await self.socket.send_json(JAMBONZ | said | more)

    async def play(self, until: float, step: int = 0) -> None:
        """Send what comes before second `until`, in messages of `step` bytes, and wait until it was read."""
        end = int(until * self.rate)
        frame = self.sound[self.at : end].astype("<i2").tobytes()
        step = step or self.rate * FRAME_MS // 1000 * 2 * self.sound[:1].size
        for at in range(0, len(frame), step):
            await self.socket.send_bytes(frame[at : at + step])
        self.at = end
        await self.heard_by_all()

    async def heard_by_all(self) -> None:
        await self.socket.ping()
        answer = await self.socket.receive(timeout=10)
        assert answer.type is aiohttp.WSMsgType.PONG, answer

    async def close(self) -> None:
        await self.socket.close(code=1000)


@asynccontextmanager
async def fork(service, sound: np.ndarray, rate: int = 8000, path: str = "") -> AsyncIterator[Fork]:
    """Dial `/v1/AudioFork`; `sound` at 8 kHz is brought to `rate`. Left without `close`, the socket is lost."""
    headers = {"Authorization": aiohttp.encode_basic_auth(*service.credentials)}
    url = f"{service.url}/v1/AudioFork{path}"
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.ws_connect(url, autoping=False, protocols=["audio.drachtio.org"]) as socket,
    ):
        assert socket.protocol == "audio.drachtio.org"
        yield Fork(socket, at_rate(sound, rate), rate)
        if not socket.closed:
            socket._writer.transport.abort()
