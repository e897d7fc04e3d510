"""Recordings of an account, a call or a conference: create, list, fetch, update, delete."""

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
from aiohttp import web

from service.api.errors import ApiError, invalid, not_found
from service.api.pages import envelope, page_asked
from service.api.render import respond
from service.api.services import SERVICES, metadata, public_url
from service.api.twilio import forms
from service.api.twilio.presenter import View, recording_document
from service.application.handler import Outcome
from service.application.idempotency import IdempotencyKey
from service.application.identifiers import is_sid
from service.application.views import RecordingView
from service.domain.commands import Command, DeleteRecording, PauseRecording, ResumeRecording, StopRecording
from service.domain.events import RecordingStarted
from service.domain.values import Source, StopCause
from service.eventstore.errors import DuplicateEffect

CURRENT = "Twilio.CURRENT"
LONGEST_KEY = 255
ACCOUNT = "/2010-04-01/Accounts/{account}"
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
    return respond(request, "Recording", _document(request, row))


async def _update(request: web.Request, key: IdempotencyKey | None) -> RecordingView:
    form = await forms.read_form(request)
    status = forms.choice(form, "Status", forms.Update)
    behavior = forms.pause_behavior(form)
    services = request.app[SERVICES]
    account, now, conversation = request.match_info["account"], services.now(), parent_of(request)[1] or ""
    async with services.switchboard.audio.hold(account, conversation) as position:
        sid = await _named(request)
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
    await services.handler.handle(row.account_sid, command, metadata(request))
    await services.sealing.destroy(row.account_sid, row.sid)
    await services.eraser.settle((row.account_sid, row.sid))
    return web.Response(status=204)


async def _named(request: web.Request) -> str:
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


async def once(
    request: web.Request, answer: Callable[[web.Request, IdempotencyKey | None], Awaitable[RecordingView]], status: int
) -> web.Response:
    """Answer as the first time when the request names an idempotency key that was answered in the last 24 hours."""
    named = request.headers.get("Idempotency-Key") or request.headers.get("I-Twilio-Idempotency-Token")
    if not named:
        return respond(request, "Recording", _document(request, await answer(request, None), live=True), status)
    if len(named) > LONGEST_KEY:
        raise invalid(f"an idempotency key has at most {LONGEST_KEY} characters; this one has {len(named)}")
    if not named.isprintable():
        raise invalid("an idempotency key must be printable text")
    path = request.path.removesuffix(request.match_info.get("extension", ""))
    key = IdempotencyKey.of(request.match_info["account"], named, path.encode(), await request.read())
    keys = request.app[SERVICES].idempotency_keys
    row = await keys.answered(key)
    if row is None:
        try:
            row = await answer(request, key)
        except (DuplicateEffect, asyncpg.UniqueViolationError):
            row = await keys.answered(key)
    if row is None:
        raise not_found(request.path)
    return respond(request, "Recording", _document(request, row, live=True), status)


async def row_of(request: web.Request, outcome: Outcome, sid: str) -> RecordingView:
    """Return the row that a command led to; that of `sid` when it changed nothing."""
    row = outcome.view or await request.app[SERVICES].recordings.fetch(request.match_info["account"], sid)
    if row is None:
        raise not_found(request.path)
    return row


def _document(request: web.Request, row: RecordingView, *, live: bool = False) -> dict[str, Any]:
    return recording_document(row, parent_of(request)[0], public_url(request), live=live)


def parent_of(request: web.Request) -> tuple[View, str | None]:
    """Return through what the path sees recordings, and the SID of that call or conference."""
    for view, prefix in (("call", "CA"), ("conference", "CF")):
        if (sid := request.match_info.get(view)) is not None:
            if not is_sid(prefix, sid):
                raise not_found(request.path)
            return ("call" if view == "call" else "conference"), sid
    return "account", None


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
