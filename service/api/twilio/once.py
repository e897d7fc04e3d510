"""Requests that name an idempotency key: what was asked twice is done once, and answered alike."""

from collections.abc import Awaitable, Callable

import asyncpg
from aiohttp import web

from service.api.errors import invalid, not_found
from service.api.render import respond
from service.api.services import SERVICES
from service.api.twilio.found import document
from service.application.handler import Outcome
from service.application.idempotency import IdempotencyKey
from service.application.views import RecordingView
from service.eventstore.errors import DuplicateEffect

LONGEST_KEY = 255


async def once(
    request: web.Request, answer: Callable[[web.Request, IdempotencyKey | None], Awaitable[RecordingView]], status: int
) -> web.Response:
    """Answer as the first time when the request names an idempotency key that was answered in the last 24 hours."""
    named = request.headers.get("Idempotency-Key") or request.headers.get("I-Twilio-Idempotency-Token")
    if not named:
        return respond(request, "Recording", document(request, await answer(request, None), live=True), status)
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
    return respond(request, "Recording", document(request, row, live=True), status)


async def row_of(request: web.Request, outcome: Outcome, sid: str) -> RecordingView:
    """Return the row that a command led to; that of `sid` when it changed nothing."""
    row = outcome.view or await request.app[SERVICES].recordings.fetch(request.match_info["account"], sid)
    if row is None:
        raise not_found(request.path)
    return row
