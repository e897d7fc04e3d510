"""The switch API: recordings that the switch starts, those it has no audio for, and what was said in them."""

from aiohttp import web

from service.api.errors import invalid, not_found
from service.api.render import respond
from service.api.services import SERVICES, metadata, public_url
from service.api.twilio.found import parent_of
from service.api.twilio.once import once, row_of
from service.api.twilio.transcriptions import transcription_document
from service.api.v1.bodies import AbsentBody, RecordingBody, TranscriptionBody
from service.api.v1.switch import read_body
from service.application.idempotency import IdempotencyKey
from service.application.identifiers import is_sid
from service.application.views import RecordingView
from service.domain.commands import MarkRecordingAbsent
from service.domain.events import RecordingStarted
from service.domain.values import SINGLE_CHANNEL_SOURCES, Source

CONFERENCE_SOURCES = (Source.CONFERENCE, Source.START_CONFERENCE_RECORDING_API)
"""The first is the default; the same below."""
CALL_SOURCES = (Source.OUTBOUND_API, *sorted(set(Source) - {Source.OUTBOUND_API, *CONFERENCE_SOURCES}))


async def start(request: web.Request) -> web.Response:
    return await once(request, _start, 201)


async def mark_absent(request: web.Request) -> web.Response:
    return await once(request, _mark_absent, 200)


async def add_transcription(request: web.Request) -> web.Response:
    services, sid = request.app[SERVICES], request.match_info["sid"]
    body = await read_body(request, TranscriptionBody)
    made = (
        await services.transcriptions.add(
            request.match_info["account"],
            sid,
            status=body.status,
            kind=body.type,
            text=body.transcription_text,
            at=services.now(),
        )
        if is_sid("RE", sid)
        else None
    )
    if made is None:
        raise not_found(request.path)
    return respond(request, "Transcription", transcription_document(made), 201)


async def _start(request: web.Request, key: IdempotencyKey | None) -> RecordingView:
    services, account = request.app[SERVICES], request.match_info["account"]
    view, sid = parent_of(request)
    body = await read_body(request, RecordingBody)
    source = _source(body.source, CALL_SOURCES if view == "call" else CONFERENCE_SOURCES)
    facts = RecordingStarted(
        call_sid=sid if view == "call" else None,
        conference_sid=sid if view == "conference" else None,
        source=source,
        channels=1 if source in SINGLE_CHANNEL_SOURCES else body.channels,
        track=body.track,
        trim=body.trim,
        callback=body.callback(),
        position=None,
        public_url=public_url(request),
    )
    effects = key.effects if key else None
    outcome = await services.switchboard.start_recording(
        account, facts, metadata(request), at=body.occurred_at, effects=effects
    )
    return await row_of(request, outcome, "")


async def _mark_absent(request: web.Request, key: IdempotencyKey | None) -> RecordingView:
    services, sid = request.app[SERVICES], request.match_info["sid"]
    body = await read_body(request, AbsentBody)
    if not is_sid("RE", sid):
        raise not_found(request.path)
    command = MarkRecordingAbsent(sid=sid, at=services.now(), error_code=body.error_code)
    account, effects = request.match_info["account"], key.effects(sid) if key else None
    outcome = await services.handler.handle(account, command, metadata(request), effects=effects)
    return await row_of(request, outcome, sid)


def _source(asked: Source | None, allowed: tuple[Source, ...]) -> Source:
    if asked is not None and asked not in allowed:
        raise invalid(f"source must here be one of {', '.join(allowed)}; it was '{asked}'")
    return asked or allowed[0]


ROUTES = [
    web.post("/v1/Accounts/{account}/Calls/{call}/Recordings", start),
    web.post("/v1/Accounts/{account}/Conferences/{conference}/Recordings", start),
    web.post("/v1/Accounts/{account}/Recordings/{sid}/Absent", mark_absent),
    web.post("/v1/Accounts/{account}/Recordings/{sid}/Transcriptions", add_transcription),
]
