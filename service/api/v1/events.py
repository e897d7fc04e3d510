"""The audit API: one recording's events, oldest first."""

from aiohttp import web

from service.api.errors import not_found
from service.api.render import respond
from service.api.services import SERVICES, public_url
from service.application.identifiers import is_sid
from service.audit.query import recording_events


async def of_recording(request: web.Request) -> web.Response:
    account, sid = request.match_info["account"], request.match_info["sid"]
    events = await recording_events(request.app[SERVICES].pool, account, sid) if is_sid("RE", sid) else []
    if not events:
        raise not_found(request.path)
    url = public_url(request) + str(request.rel_url)
    meta = {
        "key": "events",
        "page": 0,
        "page_size": len(events),
        "first_page_url": url,
        "previous_page_url": None,
        "next_page_url": None,
        "url": url,
    }
    return respond(request, "Events", {"events": events, "meta": meta})


ROUTES = [web.get("/v1/Accounts/{account}/Recordings/{sid}/Events", of_recording)]
