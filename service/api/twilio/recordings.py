"""Recordings of an account, a call or a conference: create, list, fetch, update, delete."""

from aiohttp import web

from service.api.held import refuse_refused
from service.api.pages import envelope, page_asked
from service.api.render import respond
from service.api.services import SERVICES, metadata, public_url
from service.api.twilio import forms
from service.api.twilio.found import ACCOUNT, document, find, named, parent_of
from service.api.twilio.once import once, row_of
from service.api.twilio.presenter import recording_document
from service.application.idempotency import IdempotencyKey
from service.application.views import RecordingView
from service.domain.commands import Command, DeleteRecording, PauseRecording, ResumeRecording, StopRecording
from service.domain.events import RecordingStarted
from service.domain.values import Source, StopCause

SID = r"{sid:Twilio\.CURRENT|[^/.]+}"
EXTENSION = r"{extension:\.json|\.xml}"


async def create(request: web.Request) -> web.Response:
    return await once(request, _create, 201)


async def update(request: web.Request) -> web.Response:
    return await once(request, _update, 200)


async def _create(request: web.Request, key: IdempotencyKey | None) -> RecordingView:
    services, account = request.app[SERVICES], request.match_info["account"]
    form = await forms.read_form(request)
    facts = RecordingStarted(
        call_sid=parent_of(request)[1],
        conference_sid=None,
        source=Source.START_CALL_RECORDING_API,
        channels=forms.channels(form),
        track=forms.track(form),
        trim=forms.trim(form),
        callback=forms.callback(form),
        position=None,
        public_url=public_url(request),
    )
    effects = key.effects if key else None
    outcome = await services.switchboard.start_recording(account, facts, metadata(request), effects=effects)
    return await row_of(request, outcome, "")


async def list_recordings(request: web.Request) -> web.Response:
    view, parent = parent_of(request)
    asked = page_asked(request)
    chosen = forms.recording_filter(request, **({f"{view}_sid": parent} if parent else {}))
    page = await request.app[SERVICES].recordings.page(request.match_info["account"], chosen, asked.cursor, asked.size)
    documents = [recording_document(row, view, public_url(request)) for row in page.rows]
    return respond(request, "Recordings", envelope(request, asked, page, documents))


async def fetch(request: web.Request) -> web.Response:
    row = await find(request, deleted_too=parent_of(request)[0] == "account" and forms.soft_deleted_too(request))
    return respond(request, "Recording", document(request, row))


async def _update(request: web.Request, key: IdempotencyKey | None) -> RecordingView:
    form = await forms.read_form(request)
    status = forms.choice(form, "Status", forms.Update)
    behavior = forms.pause_behavior(form)
    services = request.app[SERVICES]
    account, now, conversation = request.match_info["account"], services.now(), parent_of(request)[1] or ""
    async with services.switchboard.audio.hold(account, conversation) as position:
        sid = await named(request)
        command: Command
        if status is forms.Update.PAUSED:
            command = PauseRecording(sid=sid, at=now, behavior=behavior, position=position)
        elif status is forms.Update.IN_PROGRESS:
            command = ResumeRecording(sid=sid, at=now, position=position)
        else:
            command = StopRecording(sid=sid, at=now, cause=StopCause.API, position=position)
        effects = key.effects(sid) if key else None
        outcome = await services.handler.handle(
            account, command, metadata(request), effects=effects, conversation=conversation
        )
    if key and not outcome.events:
        await services.idempotency_keys.note(key, sid, outcome.version)
    return await row_of(request, outcome, sid)


async def delete(request: web.Request) -> web.Response:
    row = await find(request)
    services = request.app[SERVICES]
    command = DeleteRecording(sid=row.sid, at=services.now())
    outcome = await services.handler.handle(row.account_sid, command, metadata(request))
    await refuse_refused(request, row.sid, outcome)
    await services.eraser.settle((row.account_sid, row.sid))
    return web.Response(status=204)


def _routes(parent: str) -> list[web.RouteDef]:
    one = f"{ACCOUNT}{parent}/Recordings/{SID}{EXTENSION}"
    return [
        web.get(f"{ACCOUNT}{parent}/Recordings{{extension:\\.json|\\.xml|}}", list_recordings),
        web.get(one, fetch),
        web.delete(one, delete),
    ] + ([web.post(one, update)] if parent else [])


ROUTES = [
    *_routes(""),
    *_routes("/Calls/{call}"),
    *_routes("/Conferences/{conference}"),
    web.post(ACCOUNT + "/Calls/{call}/Recordings{extension:\\.json|\\.xml|}", create),
]
