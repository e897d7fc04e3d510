"""The audit API, live: events as Server-Sent Events, from any position on, each once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import orjson
import structlog
from aiohttp import web

from service.api.credentials import authenticate
from service.api.errors import ApiError, invalid
from service.api.services import REQUEST_ID, SERVICES
from service.api.v1.event_filters import AFTER, FILTERS, filter_asked, position_asked
from service.api.v1.switch import refuse_query
from service.audit.events import Followed
from service.audit.positions import OutOfReach
from service.audit.query import event_document
from service.eventstore.subscription import Rows
from service.postgres.pool import DATABASE_LOST

HEARTBEAT_SECONDS = 15.0
SLOWEST_SECONDS = 30.0
"""A batch that is not taken by then ends the stream; its reader may come back to where it was."""
MOST_READERS = 1000
AGAIN_MS = 1000
RESUME = "Last-Event-ID"
READERS: web.AppKey[set[int]] = web.AppKey("readers", set)
"""Requests that follow events, by their identity."""
HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
log = structlog.get_logger()


async def follow(request: web.Request) -> web.StreamResponse:
    refuse_query(request, *FILTERS, AFTER)
    services, account = request.app[SERVICES], request.match_info["account"]
    source, readers = Followed(services.events, filter_asked(request)), request.app[READERS]
    after = await _resumed(request)
    if len(readers) >= MOST_READERS:
        raise ApiError(503, 20503, "Too many follow events; try again", headers={"Retry-After": "1"})
    response = web.StreamResponse(headers=HEADERS)
    readers.add(id(request))
    try:
        await response.prepare(request)
        # The id alone, for a reader that loses its connection before there is an event.
        await response.write(f"retry: {AGAIN_MS}\nid: {after}\n\n".encode())
        batches = services.subscriptions.follow(account, after, source, HEARTBEAT_SECONDS)
        async with aclosing(batches) as followed:
            await _send(request, response, followed)
        await response.write_eof()
    except (ConnectionResetError, TimeoutError, OutOfReach, *DATABASE_LOST) as ended:
        log.info("events.left", request_id=request[REQUEST_ID], reason=str(ended) or type(ended).__name__)
        if request.transport:
            request.transport.abort()
    finally:
        readers.discard(id(request))
    return response


async def _send(request: web.Request, response: web.StreamResponse, batches: AsyncIterator[tuple[int, Rows]]) -> None:
    """Send what comes, or that nothing does, for as long as the reader's credentials hold."""
    events, account = request.app[SERVICES].events, request.match_info["account"]
    async for reached, rows in batches:
        if await authenticate(request) is None:
            log.info("events.left", request_id=request[REQUEST_ID], reason="its credentials hold no more")
            return
        keys = await events.keys(account, rows)
        parts = [
            b"id: %d\nevent: %s\ndata: %s\n\n" % (row["position"], row["type"].encode(), orjson.dumps(document))
            for row in rows
            for document in [event_document(row, keys)]
        ]
        async with asyncio.timeout(SLOWEST_SECONDS):
            await response.write(b"".join(parts) or b": heartbeat\nid: %d\n\n" % reached)


async def _resumed(request: web.Request) -> int:
    """Return the position to go on after: a reader's last, that of the URL, or the log's present end."""
    end = await request.app[SERVICES].events.end(request.match_info["account"])
    for text, name in ((request.headers.get(RESUME), RESUME), (request.query.get(AFTER), AFTER)):
        if text is not None:
            after = position_asked(text, name)
            if after > end:
                raise invalid(f"{name} is {after}, but the log ends at {end}: a position of another account or log")
            return after
    return end


ROUTES = [web.get("/v1/Accounts/{account}/Events/Stream", follow, allow_head=False)]
