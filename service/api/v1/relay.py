"""A stream that landed on one process and belongs to another: handed over, word for word, both ways."""

import asyncio
from pathlib import Path

import aiohttp
from aiohttp import WSCloseCode, WSMessage, WSMsgType, hdrs, web

from service.api.doors import SIGNATURE
from service.api.services import REQUEST_ID, public_url

HANDED_OVER = "X-Recordkeeper-Handed-Over"
"""Says that a stream was passed on once: it is not passed on again."""
PASSED = (hdrs.AUTHORIZATION, SIGNATURE, hdrs.SEC_WEBSOCKET_PROTOCOL)
"""What says who streams: the other process checks it anew."""
Socket = web.WebSocketResponse | aiohttp.ClientWebSocketResponse


async def relay(near: web.WebSocketResponse, request: web.Request, away: Path, said: list[WSMessage]) -> None:
    """Have the process that listens at `away` hear the stream, from what was `said` already to its end."""
    scheme, _, host = public_url(request).partition("://")
    headers = {name: request.headers[name] for name in PASSED if name in request.headers}
    headers |= {
        "X-Forwarded-Proto": scheme,
        "X-Forwarded-Host": host,
        "X-Request-Id": request[REQUEST_ID],
        HANDED_OVER: "yes",
    }
    async with (
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(away))) as session,
        session.ws_connect(f"http://peer{request.raw_path}", headers=headers) as far,
    ):
        for message in said:
            await _pass_on(message, far)
        await asyncio.wait(
            [asyncio.create_task(_pump(near, far)), asyncio.create_task(_pump(far, near))],
        )


async def _pump(source: Socket, sink: Socket) -> None:
    """Pass messages on until one side is closed; then close the other in the same way."""
    message = await source.receive()
    while message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
        await _pass_on(message, sink)
        message = await source.receive()
    if message.type is WSMsgType.CLOSE:
        await sink.close(code=message.data, message=str(message.extra or "").encode())
    else:
        # Lost, not closed: the other side must not take it for the stream's own end.
        await sink.close(code=WSCloseCode.GOING_AWAY)


async def _pass_on(message: WSMessage, sink: Socket) -> None:
    if message.type is WSMsgType.TEXT:
        await sink.send_str(message.data)
    else:
        await sink.send_bytes(message.data)
