"""The delivery API: what became of callbacks, and sending one again."""

from collections.abc import Collection
from datetime import datetime

from aiohttp import web

from service.api.errors import invalid, not_found
from service.api.pages import PAGING, page_asked
from service.api.render import as_json
from service.api.services import SERVICES
from service.api.twilio.found import find
from service.api.v1.lists import respond_page
from service.api.v1.switch import refuse_query
from service.application.identifiers import is_sid
from service.application.moments import WRITTEN, moment
from service.callbacks.history import FIRST, LAST, PLACE, PLACE_OF_RECORDING, Chosen
from service.callbacks.kinds import EVENTS, STATUSES

DELIVERIES = "/v1/Accounts/{account}/Deliveries"
FILTERS = ("Status", "Event", "After", "Before")


async def of_account(request: web.Request) -> web.Response:
    refuse_query(request, *FILTERS, *PAGING)
    chosen = Chosen(
        status=_choice(request, "Status", STATUSES),
        event=_choice(request, "Event", EVENTS),
        after=_moment(request, "After") or FIRST,
        before=_moment(request, "Before") or LAST,
    )
    asked = page_asked(request, PLACE)
    page = await request.app[SERVICES].deliveries.page(request.match_info["account"], chosen, asked.cursor, asked.size)
    documents = [delivery.document() for delivery in page.rows]
    older = f"PA{page.rows[-1].place}" if page.rows and page.has_older else None
    newer = f"PB{page.rows[0].place}" if page.rows and page.has_newer and asked.number else None
    return respond_page(request, "deliveries", documents, asked, older=older, newer=newer)


async def of_recording(request: web.Request) -> web.Response:
    """Answer a recording's, oldest first; those of a deleted recording too, as long as they are kept."""
    refuse_query(request, *PAGING)
    account, sid = request.match_info["account"], request.match_info["sid"]
    asked = page_asked(request, PLACE_OF_RECORDING)
    if not is_sid("RE", sid):
        raise not_found(request.path)
    page = await request.app[SERVICES].deliveries.of_recording(account, sid, asked.cursor, asked.size)
    if not page.rows:
        await find(request, deleted_too=True)
    documents = [delivery.document() for delivery in page.rows]
    later = f"PA{page.rows[-1].place_of_recording}" if page.rows and page.has_older else None
    earlier = f"PB{page.rows[0].place_of_recording}" if page.rows and page.has_newer and asked.number else None
    return respond_page(request, "deliveries", documents, asked, older=later, newer=earlier)


async def redeliver(request: web.Request) -> web.Response:
    refuse_query(request)
    if (await request.read()).strip() not in {b"", b"{}"}:
        raise invalid("Redeliver takes no body: what is sent is what was sent before")
    services, sid = request.app[SERVICES], request.match_info["sid"]
    found = await services.deliveries.redeliver(request.match_info["account"], sid) if is_sid("DL", sid) else None
    if found is None:
        raise not_found(request.path)
    services.redelivered()
    return as_json(found.document(), 202)


def _choice(request: web.Request, name: str, choices: Collection[str]) -> str | None:
    text = request.query.get(name)
    if text is not None and text not in choices:
        raise invalid(f"{name} must be one of {', '.join(choices)}; it was '{text}'")
    return text


def _moment(request: web.Request, name: str) -> datetime | None:
    text = request.query.get(name)
    try:
        return None if text is None else moment(text)
    except ValueError:
        raise invalid(f"{name} must be {WRITTEN}; it was '{text}'") from None


ROUTES = [
    web.get("/v1/Accounts/{account}/Recordings/{sid}/Deliveries", of_recording),
    web.get(DELIVERIES, of_account),
    web.post(DELIVERIES + "/{sid}/Redeliver", redeliver),
]
