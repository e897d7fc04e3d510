"""Which recording a path names, and as what it is shown there."""

from typing import Any

from aiohttp import web

from service.api.errors import ApiError, not_found
from service.api.services import SERVICES, public_url
from service.api.twilio.presenter import View, recording_document
from service.application.identifiers import is_sid
from service.application.views import RecordingView

CURRENT = "Twilio.CURRENT"
ACCOUNT = "/2010-04-01/Accounts/{account}"


def parent_of(request: web.Request) -> tuple[View, str | None]:
    """Return through what the path sees recordings, and the SID of that call or conference."""
    for view, prefix in (("call", "CA"), ("conference", "CF")):
        if (sid := request.match_info.get(view)) is not None:
            if not is_sid(prefix, sid):
                raise not_found(request.path)
            return ("call" if view == "call" else "conference"), sid
    return "account", None


async def find(request: web.Request, *, deleted_too: bool = False) -> RecordingView:
    view, parent = parent_of(request)
    sid = request.match_info["sid"]
    found = (
        await request.app[SERVICES].recordings.fetch(request.match_info["account"], sid) if is_sid("RE", sid) else None
    )
    belongs = found is not None and (view == "account" or parent == getattr(found, f"{view}_sid"))
    if found is None or not belongs or (found.deleted_at and not deleted_too):
        raise not_found(request.path)
    return found


async def named(request: web.Request) -> str:
    """Return the SID the path names; Twilio.CURRENT is the conversation's one active recording."""
    _, conversation = parent_of(request)
    if (sid := request.match_info["sid"]) != CURRENT:
        if not is_sid("RE", sid):
            raise not_found(request.path)
        return sid
    active = await request.app[SERVICES].switchboard.active_sids(request.match_info["account"], conversation or "")
    if not active:
        raise not_found(request.path)
    if len(active) > 1:
        message = "The request failed because there is more than one active recording for the given Call"
        raise ApiError(400, 16108, message)
    return active[0]


def document(request: web.Request, row: RecordingView, *, live: bool = False) -> dict[str, Any]:
    return recording_document(row, parent_of(request)[0], public_url(request), live=live)
