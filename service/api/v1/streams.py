"""Live audio: the WebSocket that speaks Twilio Media Streams."""

import asyncio
import hmac

import structlog
from aiohttp import WSCloseCode, WSMessage, WSMsgType, web
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from service.api.doors import SIGNATURE, STREAM
from service.api.errors import ApiError, invalid
from service.api.services import CALLER, REQUEST_ID, SERVICES, public_url
from service.api.twilio import forms
from service.application.conversations import ConversationIsOver
from service.application.metadata import Actor, Metadata
from service.domain.events import RecordingStarted
from service.domain.refusals import Refusal
from service.domain.values import Source
from service.media.ingest.media_streams import Start, StreamRefused, read_media, read_message, read_start
from service.media.ingest.session import Session

HEARTBEAT_SECONDS = 15.0
LARGEST_MESSAGE = 1 << 16
START_SECONDS = 10
"""Who has not said by then which account he streams for is nobody: a signature is checked against that account."""
LONGEST_REASON = 123
"""Bytes that a close frame has for words (RFC 6455 §5.5)."""
SOCKETS: web.AppKey[set[web.WebSocketResponse]] = web.AppKey("sockets", set)
log = structlog.get_logger()


async def media_stream(request: web.Request) -> web.StreamResponse:
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=LARGEST_MESSAGE)
    if not socket.can_prepare(request).ok:
        raise invalid("This path speaks WebSocket: Twilio Media Streams")
    await socket.prepare(request)
    request.app[SOCKETS].add(socket)
    stream = _Stream(request)
    try:
        await _listen(socket, stream)
        await stream.end(is_lost=not stream.is_stopped)
    except (StreamRefused, Refusal, ConversationIsOver) as refused:
        log.warning("stream.refused", request_id=request[REQUEST_ID], reason=str(refused))
        await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=str(refused).encode()[:LONGEST_REASON])
    except Exception:
        log.exception("stream.failed", request_id=request[REQUEST_ID])
        await socket.close(code=WSCloseCode.INTERNAL_ERROR, message=b"the service failed; attach again")
    finally:
        await stream.end(is_lost=True)
        request.app[SOCKETS].discard(socket)
    return socket


async def _listen(socket: web.WebSocketResponse, stream: "_Stream") -> None:
    """Take messages until the stream ends. Raises StreamRefused when it says nothing worth the wait."""
    try:
        async with asyncio.timeout(START_SECONDS) as waiting:
            async for message in socket:
                if not await stream.take(message):
                    break
                if stream.is_started:
                    waiting.reschedule(None)
    except TimeoutError:
        raise StreamRefused(f"no start came within {START_SECONDS} seconds") from None


async def close_all(app: web.Application) -> None:
    """Close every socket as this process goes away: their streams may come back to the next."""
    for socket in app[SOCKETS].copy():
        await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the service restarts; attach again")


class _Stream:
    """What one socket has said so far."""

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self._session: Session | None = None
        self.is_stopped = False

    @property
    def is_started(self) -> bool:
        return self._session is not None

    async def take(self, message: WSMessage) -> bool:
        """Take a message; say whether more may follow. Raises StreamRefused, and what a start is refused with."""
        if message.type is not WSMsgType.TEXT:
            raise StreamRefused("messages must be text: JSON, as Twilio Media Streams has it")
        said = read_message(message.data)
        if said["event"] == "media":
            if self._session is None:
                raise StreamRefused("media came before start")
            self._session.feed(*read_media(said))
        elif said["event"] == "start":
            if self._session is not None:
                raise StreamRefused("a second start on one socket")
            await self._start(read_start(said))
        elif said["event"] == "stop":
            self.is_stopped = True
        return not self.is_stopped

    async def end(self, *, is_lost: bool) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            log.info("stream.ended", call=session.start.callSid, lost=is_lost, request_id=self._request[REQUEST_ID])
            await session.close(is_lost=is_lost)

    async def _start(self, start: Start) -> None:
        services, actor = self._request.app[SERVICES], await self._actor(start)
        metadata = Metadata(actor=actor, request_id=self._request[REQUEST_ID])
        clock = asyncio.get_running_loop().time
        self._session = Session(start, services.switchboard, metadata, clock)
        came_back = await self._session.open(services.streams)
        log.info("stream.started", call=start.callSid, came_back=came_back, request_id=metadata.request_id)
        if start.customParameters.get("Record", "").lower() != "true" or came_back:
            return
        conference_sid = self._session.conference_sid
        if conference_sid and await services.switchboard.active_sids(start.accountSid, conference_sid):
            return  # each participant's stream may ask for it: the conference is recorded once
        facts = _facts(start, conference_sid, public_url(self._request))
        await services.switchboard.start_recording(start.accountSid, facts, metadata)

    async def _actor(self, start: Start) -> Actor:
        """Return who streams. Raises StreamRefused when that is not the account that `start` names."""
        if CALLER in self._request:
            caller = self._request[CALLER]
            if caller.account_sid != start.accountSid:
                raise StreamRefused("start.accountSid is not the account of the credentials")
            return caller.actor
        try:
            token = await self._request.app[SERVICES].accounts.signing_key(start.accountSid)
        except LookupError:
            token = ""
        validator, given = RequestValidator(token), self._request.headers[SIGNATURE]
        computed = [validator.compute_signature(url, {}) for url in _dialled(self._request)]
        if not token or not any(hmac.compare_digest(one.encode(), given.encode()) for one in computed):
            raise StreamRefused("the signature is not of this URL with the account's auth token")
        return Actor(sid=start.accountSid, role="account")


def _dialled(request: web.Request) -> list[str]:
    """Return the URLs the sender may have dialled: `wss` with or without its port, `ws` as it stands."""
    scheme, _, host = public_url(request).partition("://")
    schemes = ("wss", "ws") if scheme == "https" else ("ws", "wss")
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    hosts = {host, name, f"{name}:443"}
    return [f"{scheme}://{host}{request.raw_path}" for scheme in schemes for host in hosts]


def _facts(start: Start, conference_sid: str | None, public_url: str) -> RecordingStarted:
    form: MultiDict[str] = MultiDict(start.customParameters)
    try:
        return RecordingStarted(
            call_sid=None if conference_sid else start.callSid,
            conference_sid=conference_sid,
            source=Source.CONFERENCE if conference_sid else Source.OUTBOUND_API,
            channels=1 if conference_sid else forms.channels(form),
            track=forms.track(form),
            trim=forms.trim(form),
            callback=forms.callback(form),
            position=None,
            public_url=public_url,
        )
    except ApiError as error:
        raise StreamRefused(error.message) from None


ROUTES = [web.get(STREAM, media_stream)]
