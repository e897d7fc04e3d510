"""The audit API: a recording as it was at a time, or as it is."""

from datetime import datetime

from aiohttp import web

from service.api.errors import NOT_FOUND, ApiError, not_found
from service.api.render import as_json
from service.api.services import SERVICES, Services, public_url
from service.api.twilio.forms import moment
from service.api.twilio.presenter import recording_document
from service.api.v1.switch import refuse_query
from service.application.identifiers import is_sid
from service.application.views import RecordingView
from service.audit.choice import MOST_VERSIONS
from service.eventstore.event import iso_time
from service.projections.history import recording_at


async def fetch(request: web.Request) -> web.Response:
    refuse_query(request, "At")
    at = moment(request.query["At"], "At") if "At" in request.query else None
    account, sid = request.match_info["account"], request.match_info["sid"]
    row = await _as_it_was(request.app[SERVICES], account, sid, at) if is_sid("RE", sid) else None
    if row is None and at and is_sid("RE", sid) and await _as_it_was(request.app[SERVICES], account, sid, None):
        raise ApiError(404, NOT_FOUND, f"The recording did not exist at that time, {iso_time(at)}")
    if row is None:
        raise not_found(request.path)
    return as_json(recording_document(row, "account", public_url(request)) | {"live_status": row.live_status})


async def _as_it_was(services: Services, account: str, sid: str, at: datetime | None) -> RecordingView | None:
    if found := await recording_at(services.pool, account, sid, at):
        return found
    archived = await services.events.of_recording(account, sid, after_version=0, limit=MOST_VERSIONS)
    return await recording_at(services.pool, account, sid, at, archived) if archived else None


ROUTES = [web.get("/v1/Accounts/{account}/Recordings/{sid:[^/.]+}", fetch)]
