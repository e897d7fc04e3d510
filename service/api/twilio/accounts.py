"""The account itself, in a list of one and alone: where Twilio's data taps begin."""

from typing import Any

from aiohttp import web

from service.api.errors import not_found
from service.api.render import respond
from service.api.services import CALLER, SERVICES
from service.api.twilio.presenter import API_VERSION, rfc2822
from service.application.accounts import Account

SUBRESOURCES = {"recordings": "Recordings"}


async def list_accounts(request: web.Request) -> web.Response:
    page = f"/{API_VERSION}/Accounts.json?PageSize=50&Page=0"
    body = {
        "accounts": [_document(await _own(request))],
        "end": 0,
        "first_page_uri": page,
        "next_page_uri": None,
        "page": 0,
        "page_size": 50,
        "previous_page_uri": None,
        "start": 0,
        "uri": page,
    }
    return respond(request, "Accounts", body)


async def fetch(request: web.Request) -> web.Response:
    return respond(request, "Account", _document(await _own(request)))


async def _own(request: web.Request) -> Account:
    found = await request.app[SERVICES].accounts.find(request[CALLER].account_sid)
    if found is None:
        raise not_found(request.path)
    return found


def _document(account: Account) -> dict[str, Any]:
    uri = f"/{API_VERSION}/Accounts/{account.sid}"
    return {
        "auth_token": None,
        "date_created": rfc2822(account.date_created),
        "date_updated": rfc2822(account.date_updated),
        "friendly_name": account.friendly_name,
        "owner_account_sid": account.sid,
        "sid": account.sid,
        "status": "active",
        "subresource_uris": {key: f"{uri}/{name}.json" for key, name in SUBRESOURCES.items()},
        "type": "Full",
        "uri": f"{uri}.json",
    }


ROUTES = [
    web.get("/2010-04-01/Accounts{extension:\\.json|\\.xml|}", list_accounts),
    web.get("/2010-04-01/Accounts/{account:AC[0-9a-fA-F]+}{extension:\\.json|\\.xml|}", fetch),
]
