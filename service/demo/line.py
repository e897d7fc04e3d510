"""Two people on the telephone: their speech as Twilio Media Streams sends it, in real time or faster."""

import asyncio
import base64
import io
from collections.abc import Callable
from importlib.resources import files

import aiohttp
import orjson
import soundfile

FRAME_MS = 20
FRAME = 8 * FRAME_MS
SIDES = {"inbound": "caller", "outbound": "agent"}
STREAM_SID = "MZ" + "0" * 31 + "1"


class Line:
    """A call whose two sides share one timeline, which is spoken up to second `at`. `speed` 1 is real time."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, speed: float) -> None:
        self._socket = socket
        self._speed = speed
        self._tracks = {track: _mu_law(name) for track, name in SIDES.items()}
        self._began = asyncio.get_running_loop().time()
        self.at = 0.0
        self.seconds = len(self._tracks["inbound"]) / 8000

    async def start(self, account_sid: str, call_sid: str) -> None:
        start = {
            "accountSid": account_sid,
            "callSid": call_sid,
            "streamSid": STREAM_SID,
            "tracks": list(self._tracks),
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {},
        }
        await self._say({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        await self._say({"event": "start", "streamSid": STREAM_SID, "start": start})
        self._began = asyncio.get_running_loop().time()

    async def play(self, begin: float, end: float, heard: Callable[[float], None]) -> None:
        """Speak what lies between two seconds of the conversation; `heard` is told how far it is."""
        clock = asyncio.get_running_loop().time
        for at in range(int(begin * 8000), int(min(end, self.seconds) * 8000), FRAME):
            await asyncio.sleep(self._began + at / 8000 / self._speed - clock())
            for track, coded in self._tracks.items():
                payload = base64.b64encode(coded[at : at + FRAME]).decode()
                media = {"track": track, "timestamp": str(at // 8), "payload": payload}
                await self._say({"event": "media", "streamSid": STREAM_SID, "media": media})
            heard(at / 8000)
        self.at = end

    async def stop(self) -> None:
        await self._say({"event": "stop", "streamSid": STREAM_SID, "stop": {}})

    async def _say(self, message: dict[str, object]) -> None:
        await self._socket.send_str(orjson.dumps(message).decode())


def _mu_law(name: str) -> bytes:
    samples, rate = soundfile.read(io.BytesIO(files(__package__).joinpath(f"{name}.wav").read_bytes()), dtype="int16")
    coded = io.BytesIO()
    soundfile.write(coded, samples, rate, format="RAW", subtype="ULAW")
    return coded.getvalue()
