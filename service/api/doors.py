"""What every request passes: its id, its errors put into words, and who may come in."""

import re
import time
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from service.api.credentials import authenticate
from service.api.errors import ApiError, invalid, not_found, of_refusal
from service.api.gateway import client_address
from service.api.render import respond
from service.api.services import CALLER, REQUEST_ID, SERVICES, UNDER_WAY
from service.api.v1.links import PLAY
from service.application.codec import UnknownEventType
from service.application.conversations import ConversationIsOver
from service.application.idempotency import KeyUsedOtherwise
from service.application.identifiers import request_id
from service.audit.positions import OutOfReach
from service.audit.subtrees import Unproved
from service.domain.refusals import Refusal

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
STREAM, FORK = "/v1/MediaStream", "/v1/AudioFork"
SIGNATURE = "X-Twilio-Signature"
CHALLENGE = {"WWW-Authenticate": 'Basic realm="Recordkeeper API"'}
SOUND = re.compile("/v1/Accounts/[^/]+/Recordings/[^/]+/(Links(/.*)?|Waveform([.]svg)?)")
"""What lets somebody hear a recording, or see how it sounds."""
AUDITED = re.compile(
    "/v1/Accounts/[^/]+/(Recordings/[^/]+(/Events)?|Events(/Stream)?|Analytics/.*|(.*/)?Deliveries(/[^/]+/Redeliver)?)"
)
"""What the log says, and what became of callbacks: for who looks after the account, and no switch's business."""
RULES = re.compile("/v1/Accounts/[^/]+/((Recordings/[^/]+/)?Hold|Retention)")
"""What says how long recordings are kept: those with all rights alone change it."""
INTEGRITY = re.compile("/v1/(Integrity|Accounts/[^/]+/(Integrity|Recordings/[^/]+/Events/[^/]+/Proof))(/.*)?")
"""What any role may read: it says nothing of what happened."""
OPEN_PATHS = frozenset({"/healthz", "/readyz", "/openapi.json", "/metrics"})
log = structlog.get_logger()


@web.middleware
async def identified(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request its id, and log how it was answered: the path without its query, which may hold secrets."""
    request[REQUEST_ID] = request_id(request.headers.get("X-Request-Id"))
    request.app[UNDER_WAY][id(request)] = request
    began = time.perf_counter()
    status = 499  # the client was gone before its answer
    try:
        response = await handler(request)
        status = response.status
    finally:
        del request.app[UNDER_WAY][id(request)]
        request.app[SERVICES].meters.answered(request.method, status)
        caller = request.get(CALLER)
        write = log.debug if request.path in OPEN_PATHS else log.info
        write(
            "request.answered",
            request_id=request[REQUEST_ID],
            method=request.method,
            path=request.rel_url.raw_path,
            status=status,
            duration_ms=round((time.perf_counter() - began) * 1000, 1),
            client=client_address(request, request.app[SERVICES].trusted_proxies),
            account=caller and caller.account_sid,
            actor=caller and caller.actor.sid,
        )
    return response


async def named(request: web.Request, response: web.StreamResponse) -> None:
    """Answer with the request's id; here, and not in `identified`, so that streams carry it too."""
    # A refused `Expect` header is answered before any door: it has no id yet.
    named = request.get(REQUEST_ID) or request_id(request.headers.get("X-Request-Id"))
    for header in ("Twilio-Request-Id", "X-Request-Id"):
        response.headers[header] = named


@web.middleware
async def in_words(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every failure in Twilio's error format, and never with a traceback."""
    try:
        return await handler(request)
    except ApiError as error:
        answer = error
    except (Refusal, ConversationIsOver, KeyUsedOtherwise, Unproved, OutOfReach, UnknownEventType) as refusal:
        answer = of_refusal(refusal, request.path)
    except web.HTTPMethodNotAllowed as error:
        answer = ApiError(405, 20004, "Method not allowed", headers={"Allow": error.headers["Allow"]})
    except web.RequestPayloadError:
        answer = invalid("The body is not what its Content-Encoding or Transfer-Encoding says")
    except web.HTTPRequestEntityTooLarge:
        answer = ApiError(413, 20001, "The body is larger than 1 MiB")
    except web.HTTPNotFound:
        answer = not_found(request.path)
    except web.HTTPException as error:
        answer = invalid(error.reason) if error.status < 500 else ApiError(500, 20500, "Internal Server Error")  # noqa: PLR2004 - where server errors begin
    except Exception as error:
        if not _is_gone(request, error):
            log.exception("request.failed", request_id=request[REQUEST_ID], path=request.rel_url.raw_path)
        answer = ApiError(500, 20500, "Internal Server Error")
    response = respond(request, "RestException", answer.document(), answer.status)
    response.headers.update(answer.headers)
    return response


@web.middleware
async def authenticated(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let in who knows an account's secret, into that account alone, as far as the role allows."""
    if request.path in OPEN_PATHS or is_signed(request) or request.match_info.route.name == PLAY:
        return await handler(request)
    caller = await authenticate(request)
    if caller is None:
        raise ApiError(401, 20003, "Authenticate", "Your AccountSid or AuthToken was incorrect.", CHALLENGE)
    if not _allowed(caller.actor.role, request):
        raise ApiError(403, 20403, f"A key of role '{caller.actor.role}' may not do this")
    request[CALLER] = caller
    return await handler(request)


def is_signed(request: web.Request) -> bool:
    """Say whether a stream brings a signature instead of credentials: it is checked when its account is known."""
    return _is_stream(request) and "Authorization" not in request.headers and SIGNATURE in request.headers


def _is_stream(request: web.Request) -> bool:
    return request.path in {STREAM, FORK} or request.path.startswith(f"{FORK}/record/")


def _is_gone(request: web.Request, error: Exception) -> bool:
    """Say whether the client went away before its body was complete: no fault of ours, and nobody to answer."""
    return isinstance(error, ConnectionResetError) and request.transport is None


def _allowed(role: str, request: web.Request) -> bool:
    if role in {"account", "admin"}:
        return True
    reads = request.method in {"GET", "HEAD"}
    if request.path.startswith("/2010-04-01/"):
        return role == "standard" or (role == "auditor" and reads)
    if SOUND.fullmatch(request.path):
        return role == "standard"
    if INTEGRITY.fullmatch(request.path):
        return reads
    if AUDITED.fullmatch(request.path) or RULES.fullmatch(request.path):
        return role == "auditor" and reads
    if _is_stream(request):
        return role == "switch"
    return role == "switch" or (role == "auditor" and reads)
