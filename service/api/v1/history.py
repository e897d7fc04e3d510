"""The audit API: a recording as it was at a time, or as it is."""

from aiohttp import web

from service.api.errors import not_found
from service.api.render import as_json
from service.api.services import SERVICES, public_url
from service.api.twilio.forms import moment
from service.api.twilio.presenter import recording_document
from service.api.v1.switch import refuse_query
from service.application.identifiers import is_sid
from service.projections.history import recording_at


async def fetch(request: web.Request) -> web.Response:
    refuse_query(request, "At")
    at = moment(request.query["At"], "At") if "At" in request.query else None
    account, sid = request.match_info["account"], request.match_info["sid"]
    row = await recording_at(request.app[SERVICES].pool, account, sid, at) if is_sid("RE", sid) else None
    if row is None:
        raise not_found(request.path)
    return as_json(recording_document(row, "account", public_url(request)) | {"live_status": row.live_status})


ROUTES = [web.get("/v1/Accounts/{account}/Recordings/{sid:[^/.]+}", fetch)]
