"""The audit API: events by what is asked for, a page at a time or all in one stream; one recording's, oldest first."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

import orjson
import structlog
from aiohttp import web

from service.api.errors import invalid, not_found
from service.api.pages import PAGING, page_asked
from service.api.services import CALLER, REQUEST_ID, SERVICES
from service.api.v1.event_filters import AFTER, FILTERS, filter_asked, position_asked
from service.api.v1.lists import respond_page
from service.api.v1.switch import refuse_query
from service.application.identifiers import is_sid
from service.application.paging import Page
from service.audit.choice import Stretch
from service.audit.query import event_document, exported_document
from service.eventstore.event import Row

VERSION = "[0-9]{1,9}"
POSITION = "[0-9]{1,18}"
LINES = "application/x-ndjson"
UNMASKED_ROLES = ("account", "admin")
"""Who sees the texts that are hashed even when secrets of callback URLs stand in them: they gave them to us."""
log = structlog.get_logger()


async def of_account(request: web.Request) -> web.StreamResponse:
    is_stream = LINES in request.headers.get("Accept", "") and request.method == "GET"
    if is_stream and (name := next((name for name in PAGING if name in request.query), None)):
        raise invalid(f"{name}: an answer of {LINES} has no pages, it holds all events asked for")
    refuse_query(request, *FILTERS, AFTER, *PAGING)
    return await _lines(request) if is_stream else await _page(request)


async def _page(request: web.Request) -> web.Response:
    chosen, asked = filter_asked(request), page_asked(request, POSITION)
    after, cursor = _after(request), asked.cursor
    goes_back = cursor is not None and cursor.newer
    stretch = Stretch(above=after or 0, newest_first=(after is None) is not goes_back)
    if cursor:
        at = int(cursor.sid)
        stretch = stretch.after(at if stretch.newest_first else max(at, stretch.above))
    events, account = request.app[SERVICES].events, request.match_info["account"]
    found: list[Any] = await events.page(account, chosen, stretch, asked.size + 1)
    page = Page.of(found, asked.size, cursor)
    later = f"PA{page.rows[-1]['position']}" if page.rows and page.has_older else None
    earlier = f"PB{page.rows[0]['position']}" if page.rows and page.has_newer and asked.number else None
    shown = await _documents(request, page.rows)
    return respond_page(request, "events", shown, asked, older=later, newer=earlier)


async def _documents(request: web.Request, rows: Sequence[Row]) -> list[dict[str, Any]]:
    keys = await request.app[SERVICES].events.keys(request.match_info["account"], rows)
    return [event_document(row, keys) for row in rows]


async def _lines(request: web.Request) -> web.StreamResponse:
    """Answer all events that there are now, a line each. A connection that ends early is one that was cut off."""
    events, account = request.app[SERVICES].events, request.match_info["account"]
    chosen, after = filter_asked(request), _after(request)
    end = await events.end(account)
    stretch = Stretch(above=after or 0, below=end + 1, newest_first=after is None)
    response = web.StreamResponse(headers={"Content-Type": LINES})
    async with aclosing(events.batches(account, chosen, stretch)) as batches:
        # What cannot be read at all is refused in words.
        first: list[Row] = await anext(batches, [])
        await response.prepare(request)
        await _write(request, response, first, batches)
    return response


async def _write(
    request: web.Request, response: web.StreamResponse, first: list[Row], batches: AsyncIterator[list[Row]]
) -> None:
    unmasked, rows = request[CALLER].actor.role in UNMASKED_ROLES, first
    events, account = request.app[SERVICES].events, request.match_info["account"]
    try:
        while rows:
            keys = await events.keys(account, rows)
            documents = (exported_document(row, keys, unmasked=unmasked) for row in rows)
            await response.write(b"".join(orjson.dumps(document) + b"\n" for document in documents))
            rows = await anext(batches, [])
        await response.write_eof()
    except ConnectionResetError:
        log.info("export.left", request_id=request[REQUEST_ID])
    except Exception:
        # The answer has begun: nothing but its missing end can say that it is not whole.
        log.exception("export.failed", request_id=request[REQUEST_ID])
        if request.transport:
            request.transport.abort()


def _after(request: web.Request) -> int | None:
    text = request.query.get(AFTER)
    return None if text is None else position_asked(text, AFTER)


async def of_recording(request: web.Request) -> web.Response:
    refuse_query(request, *PAGING)
    account, sid = request.match_info["account"], request.match_info["sid"]
    asked = page_asked(request, VERSION)
    after = int(asked.cursor.sid) if asked.cursor else 0
    events, more = request.app[SERVICES].events, {"after_version": after, "limit": asked.size + 1}
    found = await events.of_recording(account, sid, **more) if is_sid("RE", sid) else []
    if not found and not after:
        raise not_found(request.path)
    shown = await _documents(request, found[: asked.size])
    later = f"PA{shown[-1]['version']}" if len(found) > asked.size else None
    earlier = f"PA{max(0, after - asked.size)}" if after else None
    return respond_page(request, "events", shown, asked, older=later, newer=earlier)


ROUTES = [
    web.get("/v1/Accounts/{account}/Events", of_account),
    web.get("/v1/Accounts/{account}/Recordings/{sid}/Events", of_recording),
]
