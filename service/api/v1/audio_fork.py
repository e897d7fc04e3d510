"""Live audio: the WebSocket that jambonz `listen` and FreeSWITCH's mod_audio_fork dial."""

import orjson
import structlog
from aiohttp import WSMessage, WSMsgType, web

from service.api.doors import FORK
from service.api.v1.streams import Heard, Stream, serve
from service.media.ingest.audio_fork import ForkedSound, read_opening
from service.media.ingest.opening import StreamRefused

SHOWN_KEYS = 20
log = structlog.get_logger()


class _AudioFork:
    """`is_recorded`: the path alone asks for a recording."""

    name = "a text frame of JSON, then 16-bit linear audio"
    protocols: tuple[str, ...] = ("audio.drachtio.org", "audio.jambonz.org")
    largest_message = 1 << 21
    """10 seconds at 48 kHz in stereo: a sender that was held up sends what it kept in one message."""
    ends_by_closing = True

    def __init__(self, *, is_recorded: bool) -> None:
        self._is_recorded = is_recorded
        self._sound: ForkedSound | None = None

    async def take(self, message: WSMessage, stream: Stream) -> Heard:
        if message.type is WSMsgType.BINARY:
            if self._sound is None:
                raise StreamRefused("audio came before the text frame that says whose it is")
            self._sound.take(message.data)
            return Heard.SOUND
        if self._sound is None:
            opening = read_opening(message.data, is_recorded=self._is_recorded)
            self._sound = ForkedSound(opening, await stream.start(opening))
        else:
            log.info("stream.metadata", request_id=stream.request_id, keys=_keys(message.data), size=len(message.data))
        return Heard.WORDS


def _keys(text: str) -> list[str]:
    """Return what the metadata speak of, without the values: digits that were pressed are among them."""
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError:
        return []
    return sorted(said)[:SHOWN_KEYS] if isinstance(said, dict) else []


async def audio_fork(request: web.Request) -> web.StreamResponse:
    return await serve(request, _AudioFork(is_recorded="vendor" in request.match_info))


ROUTES = [web.get(FORK, audio_fork), web.get(f"{FORK}/record/{{vendor:[^/.]+}}", audio_fork)]
