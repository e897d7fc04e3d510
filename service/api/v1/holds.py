"""Legal holds on a recording or an account, and how long an account keeps recordings."""

from typing import Any

from aiohttp import web

from service.api.errors import not_found
from service.api.render import as_json
from service.api.services import SERVICES, metadata
from service.api.v1.bodies import HoldBody, RetentionBody
from service.api.v1.switch import read_body, refuse_query
from service.application.holds import Hold
from service.application.identifiers import is_sid
from service.domain.account import SetRetention
from service.eventstore.event import iso_time

ACCOUNT = "/v1/Accounts/{account}"
HOLD = ACCOUNT + "/Hold"
RECORDING_HOLD = ACCOUNT + "/Recordings/{sid}/Hold"
RETENTION = ACCOUNT + "/Retention"


async def place(request: web.Request) -> web.Response:
    """Place a hold. One that is there stays as it is, its reference too."""
    account, sid = _named(request)
    body = await read_body(request, HoldBody)
    hold = await request.app[SERVICES].holds.place(account, sid, body.reference, metadata(request))
    return as_json(_document(account, sid, hold))


async def fetch(request: web.Request) -> web.Response:
    refuse_query(request)
    account, sid = _named(request)
    return as_json(_document(account, sid, await request.app[SERVICES].holds.find(account, sid)))


async def release(request: web.Request) -> web.Response:
    refuse_query(request)
    await request.app[SERVICES].holds.release(*_named(request), metadata(request))
    return web.Response(status=204)


async def set_retention(request: web.Request) -> web.Response:
    body = await read_body(request, RetentionBody)
    return as_json(await _retention(request, body.delete_after_days))


async def fetch_retention(request: web.Request) -> web.Response:
    refuse_query(request)
    account = request.match_info["account"]
    policy = await request.app[SERVICES].holds.policies.find(account)
    return as_json({"account_sid": account, "delete_after_days": policy.delete_after_days})


async def end_retention(request: web.Request) -> web.Response:
    refuse_query(request)
    await _retention(request, None)
    return web.Response(status=204)


async def _retention(request: web.Request, days: int | None) -> dict[str, Any]:
    services, account = request.app[SERVICES], request.match_info["account"]
    command = SetRetention(at=services.now(), delete_after_days=days)
    await services.holds.policies.handle(account, command, metadata(request))
    return {"account_sid": account, "delete_after_days": days}


def _named(request: web.Request) -> tuple[str, str | None]:
    sid = request.match_info.get("sid")
    if sid is not None and not is_sid("RE", sid):
        raise not_found(request.path)
    return request.match_info["account"], sid


def _document(account_sid: str, recording_sid: str | None, hold: Hold | None) -> dict[str, Any]:
    return {
        "account_sid": account_sid,
        "recording_sid": recording_sid,
        "held": hold is not None,
        "reference": hold and hold.reference,
        "held_at": hold and iso_time(hold.occurred_at),
        "actor": hold and {"sid": hold.actor_sid, "role": hold.actor_role},
        "request_id": hold and hold.request_id,
    }


ROUTES = [
    *(
        route
        for path in (HOLD, RECORDING_HOLD)
        for route in (web.get(path, fetch), web.put(path, place), web.delete(path, release))
    ),
    web.get(RETENTION, fetch_retention),
    web.put(RETENTION, set_retention),
    web.delete(RETENTION, end_retention),
]
