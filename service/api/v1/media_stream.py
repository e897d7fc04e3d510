"""Live audio: the WebSocket that speaks Twilio Media Streams."""

from aiohttp import WSMessage, WSMsgType, web

from service.api.doors import STREAM
from service.api.v1.streams import Heard, Stream, serve
from service.media.ingest.media_streams import read_media, read_message, read_start
from service.media.ingest.opening import StreamRefused
from service.media.ingest.session import Session


class _MediaStream:
    name = "Twilio Media Streams"
    protocols: tuple[str, ...] = ()
    largest_message = 1 << 16
    ends_by_closing = False
    _session: Session | None = None

    async def take(self, message: WSMessage, stream: Stream) -> Heard:
        if message.type is not WSMsgType.TEXT:
            raise StreamRefused("messages must be text: JSON, as Twilio Media Streams has it")
        said = read_message(message.data)
        if said["event"] == "media":
            if self._session is None:
                raise StreamRefused("media came before start")
            self._session.feed(*read_media(said))
            return Heard.SOUND
        if said["event"] == "start":
            if self._session is not None:
                raise StreamRefused("a second start on one socket")
            self._session = await stream.start(read_start(said))
        return Heard.END if said["event"] == "stop" else Heard.WORDS


async def media_stream(request: web.Request) -> web.StreamResponse:
    return await serve(request, _MediaStream())


ROUTES = [web.get(STREAM, media_stream)]
