"""Live audio over WebSockets: what every dialect of it has in common."""

import asyncio
from enum import Enum, auto
from typing import Protocol

import structlog
from aiohttp import ClientError, WSCloseCode, WSMessage, WSMsgType, web

from service.api.doors import is_signed
from service.api.errors import ApiError, invalid
from service.api.services import REQUEST_ID, SERVICES, public_url
from service.api.v1.relay import HANDED_OVER, relay
from service.api.v1.streamer import actor_of, recording_facts
from service.application.conversations import ConversationIsOver
from service.application.metadata import Metadata
from service.domain.refusals import Refusal
from service.media.capturing.peers import stream_socket_path
from service.media.capturing.streams import HeardElsewhere
from service.media.ingest.opening import Opening, StreamRefused
from service.media.ingest.session import Session

HEARTBEAT_SECONDS = 15.0
START_SECONDS = 10
"""Who has not said by then which account he streams for is nobody: a signature is checked against that account."""
MOST_STRANGERS = 100
"""Sockets at once whose signature waits for its account: anybody can open one."""
MOST_SAID, MOST_SAID_SIZE = 8, 1 << 16
"""Messages before the start, and their size: a stranger may not fill the memory."""
LONGEST_REASON = 123
"""Bytes that a close frame has for words (RFC 6455 §5.5)."""
ENDINGS = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR)
SOCKETS: web.AppKey[set[web.WebSocketResponse]] = web.AppKey("sockets", set)
STRANGERS: web.AppKey[set[int]] = web.AppKey("strangers", set)
"""Requests, by their identity, that are signed for an account they have not named yet."""
log = structlog.get_logger()


class Heard(Enum):
    SOUND = auto()
    WORDS = auto()
    END = auto()


class Dialect(Protocol):
    """How one kind of sender speaks; one object a socket. `ends_by_closing`: a close with 1000 ends the stream."""

    name: str
    protocols: tuple[str, ...]
    largest_message: int
    ends_by_closing: bool

    async def take(self, message: WSMessage, stream: "Stream") -> Heard:
        """Take a message. Raises StreamRefused, and what a start is refused with."""


async def serve(request: web.Request, dialect: Dialect) -> web.StreamResponse:
    socket = web.WebSocketResponse(
        heartbeat=HEARTBEAT_SECONDS, max_msg_size=dialect.largest_message, protocols=dialect.protocols
    )
    if not socket.can_prepare(request).ok:
        raise invalid(f"This path speaks WebSocket: {dialect.name}")
    stream = Stream(request)
    try:
        await socket.prepare(request)
        request.app[SOCKETS].add(socket)
        await stream.end(is_lost=not await _listen(socket, dialect, stream))
    except HeardElsewhere as elsewhere:
        await _hand_over(socket, request, stream, elsewhere)
    except (StreamRefused, Refusal, ConversationIsOver) as refused:
        log.warning("stream.refused", request_id=stream.request_id, reason=str(refused))
        await stream.end(is_lost=True)
        await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=_reason(refused))
    except Exception:
        log.exception("stream.failed", request_id=stream.request_id)
        await socket.close(code=WSCloseCode.INTERNAL_ERROR, message=b"the service failed; attach again")
    finally:
        await stream.end(is_lost=True)
        request.app[SOCKETS].discard(socket)
    return socket


async def _hand_over(
    socket: web.WebSocketResponse, request: web.Request, stream: "Stream", elsewhere: HeardElsewhere
) -> None:
    """Let the process that hears the call hear this stream too; one that was handed over already is not passed on."""
    log.info("stream.handed_over", home=elsewhere.home, request_id=stream.request_id)
    if elsewhere.home is None or HANDED_OVER in request.headers:
        await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=_reason(elsewhere))
        return
    try:
        await relay(socket, request, stream_socket_path(elsewhere.home), stream.said)
    except (OSError, ClientError) as error:
        log.warning("stream.not_handed_over", home=elsewhere.home, error=str(error))
        await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=_reason(elsewhere))


async def close_all(app: web.Application) -> None:
    """Close every socket as this process goes away: their streams may come back to the next."""
    for socket in app[SOCKETS].copy():
        await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the service restarts; attach again")


async def _listen(socket: web.WebSocketResponse, dialect: Dialect, stream: "Stream") -> bool:
    """Take messages until the stream ends or is lost; say whether it ended. Raises StreamRefused when it is idle."""
    clock = asyncio.get_running_loop().time
    try:
        async with asyncio.timeout(START_SECONDS) as patience:
            while (message := await socket.receive()).type not in ENDINGS:
                was_started = stream.is_started
                if not was_started:
                    stream.remember(message)
                heard = await dialect.take(message, stream)
                if heard is Heard.END:
                    return True
                if stream.is_started and (heard is Heard.SOUND or not was_started):
                    _renew(patience, clock(), stream.idle_seconds)
    except TimeoutError:
        if not patience.expired():
            raise
        waited = (
            f"audio came for {stream.idle_seconds:g}" if stream.is_started else f"start came within {START_SECONDS}"
        )
        raise StreamRefused(f"no {waited} seconds") from None
    if message.type is WSMsgType.ERROR:
        log.warning("stream.broken", request_id=stream.request_id, error=str(message.data))
    return dialect.ends_by_closing and message.type is WSMsgType.CLOSE and message.data == WSCloseCode.OK


def _renew(patience: asyncio.Timeout, now: float, seconds: float) -> None:
    """Wait so long from now on; a deadline that has nearly as long to go is left as it is, which costs nothing."""
    until = patience.when()
    if not seconds:
        patience.reschedule(None)
    elif until is None or not 0.9 * seconds < until - now <= seconds:
        patience.reschedule(now + seconds)


def _reason(refused: Exception) -> bytes:
    """Return the words as a close frame takes them: cut to its length, but never within a character."""
    return str(refused).encode()[:LONGEST_REASON].decode(errors="ignore").encode()


class Stream:
    """What one socket is: nothing yet, or a session. Raises ApiError while too many are nothing yet."""

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self._session: Session | None = None
        self._strangers = request.app[STRANGERS]
        self.said: list[WSMessage] = []
        self.request_id = request[REQUEST_ID]
        self.idle_seconds = request.app[SERVICES].stream_idle_seconds
        if is_signed(request):
            if len(self._strangers) >= MOST_STRANGERS:
                raise ApiError(
                    503,
                    20503,
                    "Too many streams have not named their account yet; try again",
                    headers={"Retry-After": "1"},
                )
            self._strangers.add(id(request))

    def remember(self, message: WSMessage) -> None:
        """Keep what came before the start, should it be for another process. Raises StreamRefused when it is a lot."""
        self.said.append(message)
        if len(self.said) > MOST_SAID or sum(len(one.data) for one in self.said) > MOST_SAID_SIZE:
            raise StreamRefused(f"start must be among the first {MOST_SAID} messages, and short")

    @property
    def is_started(self) -> bool:
        return self._session is not None

    async def start(self, opening: Opening) -> Session:
        """Attach to what the stream names, and record it if it asks for that."""
        services, actor = self._request.app[SERVICES], await actor_of(self._request, opening.accountSid)
        facts = recording_facts(opening, public_url(self._request)) if opening.asks_for_recording else None
        self._strangers.discard(id(self._request))
        for sid in (opening.conference_sid, opening.callSid):
            if sid and (home := await services.homes.heard_elsewhere(opening.accountSid, sid)):
                raise HeardElsewhere(home)
        self.said.clear()
        metadata = Metadata(actor=actor, request_id=self.request_id)
        clock = asyncio.get_running_loop().time
        self._session = session = Session(opening, services.switchboard, metadata, clock)
        came_back = await session.open(services.streams)
        log.info("stream.started", call=opening.callSid, came_back=came_back, request_id=self.request_id)
        if facts is not None and not came_back:
            conference_sid = opening.conference_sid
            # Each participant's stream may ask for it: the conference is recorded once.
            if not conference_sid or not await services.switchboard.active_sids(opening.accountSid, conference_sid):
                await services.switchboard.start_recording(opening.accountSid, facts, metadata)
        return session

    async def end(self, *, is_lost: bool) -> None:
        self._strangers.discard(id(self._request))
        if self._session is not None:
            session, self._session = self._session, None
            log.info("stream.ended", call=session.opening.callSid, lost=is_lost, request_id=self.request_id)
            await session.close(is_lost=is_lost)
