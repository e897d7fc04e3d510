"""A telephone switch that streams two parties' speech, as Twilio Media Streams does."""

import base64
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import numpy as np
import soundfile

SPEECH = Path(__file__).parents[1] / "service" / "demo"
FRAME_MS = 20
FRAME = 8 * FRAME_MS
FORMAT = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}


def speech(side: str, seconds: float, *, skip: float = 0.0) -> np.ndarray:
    """Return samples of `agent` or `caller` as a telephone line carries them: through μ-law and back."""
    samples, rate = soundfile.read(
        SPEECH / f"{side}.wav", start=int(skip * 8000), frames=int(seconds * 8000), dtype="int16"
    )
    assert rate == 8000
    return heard(ulaw(samples))


def ulaw(samples: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, 8000, format="RAW", subtype="ULAW")
    return buffer.getvalue()


def heard(coded: bytes) -> np.ndarray:
    buffer = io.BytesIO(coded)
    samples, _ = soundfile.read(buffer, samplerate=8000, channels=1, format="RAW", subtype="ULAW", dtype="int16")
    return samples


@dataclass
class Stream:
    """One Media Stream; `tracks` are sent side by side, 20 ms a frame, as fast as the socket takes them."""

    socket: aiohttp.ClientWebSocketResponse
    tracks: dict[str, bytes]
    sid: str
    at: int = field(default=0)

    async def start(self, account_sid: str, call_sid: str, **parameters: str) -> None:
        await self.socket.send_json({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        start = {
            "accountSid": account_sid,
            "callSid": call_sid,
            "streamSid": self.sid,
            "tracks": list(self.tracks),
            "mediaFormat": FORMAT,
            "customParameters": parameters,
        }
        await self.socket.send_json({"event": "start", "streamSid": self.sid, "start": start})

    async def play(self, until: float) -> None:
        """Send what comes before second `until` of the stream's own time, and wait until it was read."""
        while self.at < until * 8000:
            for track, coded in self.tracks.items():
                payload = base64.b64encode(coded[self.at : self.at + FRAME]).decode()
                media = {"track": track, "timestamp": str(self.at // 8), "payload": payload}
                await self.socket.send_str(json.dumps({"event": "media", "streamSid": self.sid, "media": media}))
            self.at += FRAME
        await self.heard_by_all()

    async def heard_by_all(self) -> None:
        """Wait until all was read: the server answers a ping only after what came before it."""
        await self.socket.ping()
        answer = await self.socket.receive(timeout=10)
        assert answer.type is aiohttp.WSMsgType.PONG, answer

    async def stop(self) -> None:
        await self.socket.send_json({"event": "stop", "streamSid": self.sid, "stop": {}})


@asynccontextmanager
async def stream(service, tracks: dict[str, np.ndarray], sid: str = "MZ" + "1" * 32) -> AsyncIterator[Stream]:
    headers = {"Authorization": aiohttp.encode_basic_auth(*service.credentials)}
    url = f"{service.url}/v1/MediaStream"
    async with aiohttp.ClientSession(headers=headers) as session, session.ws_connect(url, autoping=False) as socket:
        yield Stream(socket, {name: ulaw(samples) for name, samples in tracks.items()}, sid)
