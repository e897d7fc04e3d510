"""The switch API: calls and conferences are announced, and read back."""

from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from service.api.errors import invalid, not_found
from service.api.render import respond
from service.api.services import SERVICES, metadata
from service.api.v1.bodies import CallBody, ConferenceBody
from service.application.conversations import Conversation
from service.application.identifiers import is_sid
from service.eventstore.event import iso_time

Body = TypeVar("Body", bound=BaseModel)
CALL = "/v1/Accounts/{account}/Calls/{sid}"
CONFERENCE = "/v1/Accounts/{account}/Conferences/{sid}"


async def put_call(request: web.Request) -> web.Response:
    return await _announce(request, "CA", await read_body(request, CallBody))


async def put_conference(request: web.Request) -> web.Response:
    return await _announce(request, "CF", await read_body(request, ConferenceBody))


async def fetch_call(request: web.Request) -> web.Response:
    return await _fetch(request, "CA")


async def fetch_conference(request: web.Request) -> web.Response:
    return await _fetch(request, "CF")


async def _fetch(request: web.Request, prefix: str) -> web.Response:
    refuse_query(request)
    services, sid = request.app[SERVICES], request.match_info["sid"]
    found = await services.switchboard.find(request.match_info["account"], sid) if is_sid(prefix, sid) else None
    if found is None:
        raise not_found(request.path)
    return respond(request, "Conversation", _document(found))


async def read_body(request: web.Request, body: type[Body]) -> Body:
    """Read a JSON body. A wrong value, unknown key or any query parameter is answered with its name, and is all."""
    refuse_query(request)
    if not (text := await request.read()):
        needed = [f'"{name}"' for name, field in body.model_fields.items() if field.is_required()]
        says = f"a JSON object with {' and '.join(needed)}" if needed else "a JSON object, {} at least"
        raise invalid(f"the body is empty; send {says}")
    try:
        return body.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        raise invalid(f"{where}: {first['msg']}") from None


def refuse_query(request: web.Request, *known: str) -> None:
    """Raise ApiError when there is a query parameter other than those `known`."""
    for name in request.query:
        if name not in known:
            takes = f"the query parameters {', '.join(known)} alone" if known else "no query parameters"
            raise invalid(f"{name}: this path takes {takes}")


async def _announce(request: web.Request, prefix: str, body: CallBody | ConferenceBody) -> web.Response:
    services, sid = request.app[SERVICES], request.match_info["sid"]
    if not is_sid(prefix, sid):
        raise not_found(request.path)
    first_call = body.call_sid if isinstance(body, ConferenceBody) else None
    conversation, created = await services.switchboard.announce(
        request.match_info["account"],
        sid,
        body.status,
        body.occurred_at or services.now(),
        metadata(request),
        first_call_sid=first_call,
    )
    return respond(request, "Conversation", _document(conversation), 201 if created else 200)


def _document(conversation: Conversation) -> dict[str, Any]:
    return {
        "sid": conversation.sid,
        "account_sid": conversation.account_sid,
        "status": conversation.status,
        "date_created": iso_time(conversation.date_created),
        "date_updated": iso_time(conversation.date_updated),
    }


ROUTES = [
    web.put(CALL, put_call),
    web.get(CALL, fetch_call),
    web.put(CONFERENCE, put_conference),
    web.get(CONFERENCE, fetch_conference),
]
