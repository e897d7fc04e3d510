"""The audit API: one recording's events, oldest first."""

from aiohttp import web

from service.api.errors import ApiError, not_found
from service.api.pages import PAGING, page_asked
from service.api.services import SERVICES
from service.api.v1.lists import respond_page
from service.api.v1.switch import refuse_query
from service.application.identifiers import is_sid
from service.export.archived import recording_events
from service.media.storing.bucket import StoreFailed

VERSION = "[0-9]{1,9}"


async def of_recording(request: web.Request) -> web.Response:
    refuse_query(request, *PAGING)
    account, sid = request.match_info["account"], request.match_info["sid"]
    asked = page_asked(request, VERSION)
    after = int(asked.cursor.sid) if asked.cursor else 0
    try:
        found = (
            await recording_events(request.app[SERVICES].pool, account, sid, after_version=after, limit=asked.size + 1)
            if is_sid("RE", sid)
            else []
        )
    except StoreFailed as error:
        raise ApiError(503, 20503, str(error)) from error
    if not found and not after:
        raise not_found(request.path)
    events = found[: asked.size]
    later = f"PA{events[-1]['version']}" if len(found) > asked.size else None
    earlier = f"PA{max(0, after - asked.size)}" if after else None
    return respond_page(request, "events", events, asked, older=later, newer=earlier)


ROUTES = [web.get("/v1/Accounts/{account}/Recordings/{sid}/Events", of_recording)]
