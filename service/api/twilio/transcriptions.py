"""Transcriptions of an account or of one recording, and the add-on results that a recording never has here."""

from typing import Any

from aiohttp import web

from service.api.errors import not_found
from service.api.held import refuse_held
from service.api.pages import envelope, page_asked, sids
from service.api.render import respond
from service.api.services import SERVICES
from service.api.twilio.presenter import API_VERSION, rfc2822
from service.application.identifiers import is_sid
from service.application.paging import Page
from service.application.transcriptions import Transcription

RECORDING = "/2010-04-01/Accounts/{account}/Recordings/{recording}"
EXTENSION = r"{extension:\.json|\.xml|}"
NO_TEXT = "(blank)"
"""What Twilio shows for the text of a transcription that failed."""


async def list_transcriptions(request: web.Request) -> web.Response:
    recording = await _recording(request)
    asked = page_asked(request, sids("TR"))
    transcriptions, account = request.app[SERVICES].transcriptions, request.match_info["account"]
    page = await transcriptions.page(account, recording, asked.cursor, asked.size)
    documents = [transcription_document(row) for row in page.rows]
    return respond(request, "Transcriptions", envelope(request, asked, page, documents, "transcriptions"))


async def fetch(request: web.Request) -> web.Response:
    transcriptions = request.app[SERVICES].transcriptions
    row = await transcriptions.find(request.match_info["account"], _sid(request), request.match_info.get("recording"))
    if row is None:
        raise not_found(request.path)
    return respond(request, "Transcription", transcription_document(row))


async def delete(request: web.Request) -> web.Response:
    transcriptions, account = request.app[SERVICES].transcriptions, request.match_info["account"]
    row = await transcriptions.find(account, _sid(request), request.match_info.get("recording"))
    if row is None or not await transcriptions.delete(account, row.sid, row.recording_sid):
        if row is not None:
            await refuse_held(request, row.recording_sid)
        raise not_found(request.path)
    return web.Response(status=204)


async def list_add_on_results(request: web.Request) -> web.Response:
    await _recording(request)
    page: Page[Transcription] = Page(rows=[], has_newer=False, has_older=False)
    return respond(
        request, "AddOnResults", envelope(request, page_asked(request, sids("XR")), page, [], "add_on_results")
    )


def transcription_document(row: Transcription) -> dict[str, Any]:
    return {
        "account_sid": row.account_sid,
        "api_version": API_VERSION,
        "date_created": rfc2822(row.date_created),
        "date_updated": rfc2822(row.date_updated),
        "duration": None if row.duration is None else str(row.duration),
        "price": "0.00000",
        "price_unit": row.price_unit,
        "recording_sid": row.recording_sid,
        "sid": row.sid,
        "status": row.status,
        "transcription_text": NO_TEXT if row.status == "failed" else row.transcription_text,
        "type": row.type,
        "uri": f"/{API_VERSION}/Accounts/{row.account_sid}/Transcriptions/{row.sid}.json",
    }


async def _recording(request: web.Request) -> str | None:
    """Return the SID of the recording in the path, if one is there; a recording that is not is answered 404."""
    sid = request.match_info.get("recording")
    if sid is None:
        return None
    found = (
        await request.app[SERVICES].recordings.fetch(request.match_info["account"], sid) if is_sid("RE", sid) else None
    )
    if found is None or found.deleted_at:
        raise not_found(request.path)
    return sid


def _sid(request: web.Request) -> str:
    sid, recording = request.match_info["sid"], request.match_info.get("recording")
    if not is_sid("TR", sid) or not (recording is None or is_sid("RE", recording)):
        raise not_found(request.path)
    return sid


def _routes(parent: str) -> list[web.RouteDef]:
    one = f"{parent}/Transcriptions/{{sid:[^/.]+}}{EXTENSION}"
    return [
        web.get(f"{parent}/Transcriptions{EXTENSION}", list_transcriptions),
        web.get(one, fetch),
        web.delete(one, delete),
    ]


ROUTES = [
    *_routes(RECORDING),
    *_routes("/2010-04-01/Accounts/{account}"),
    web.get(f"{RECORDING}/AddOnResults{EXTENSION}", list_add_on_results),
]
