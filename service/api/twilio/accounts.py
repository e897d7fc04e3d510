"""The account itself, in a list of one and alone: where Twilio's data taps begin."""

from typing import Any

from aiohttp import web

from service.api.errors import not_found
from service.api.pages import envelope, page_asked
from service.api.render import respond
from service.api.services import CALLER, SERVICES
from service.api.twilio.presenter import API_VERSION, rfc2822
from service.application.accounts import Account
from service.application.paging import Page

ACTIVE = "active"
SUBRESOURCES = {"recordings": "Recordings", "transcriptions": "Transcriptions"}


async def list_accounts(request: web.Request) -> web.Response:
    asked = page_asked(request, "AC")
    rows = [row for row in [await _own(request)][asked.number :] if _is_asked_for(row, request)]
    page: Page[Account] = Page(rows=rows, has_newer=False, has_older=False)
    documents = [_document(account) for account in page.rows]
    return respond(request, "Accounts", envelope(request, asked, page, documents, "accounts"))


async def fetch(request: web.Request) -> web.Response:
    return respond(request, "Account", _document(await _own(request)))


async def _own(request: web.Request) -> Account:
    found = await request.app[SERVICES].accounts.find(request[CALLER].account_sid)
    if found is None:
        raise not_found(request.path)
    return found


def _is_asked_for(account: Account, request: web.Request) -> bool:
    """Tell whether the account passes the list's two filters; every account is active."""
    own = {"FriendlyName": account.friendly_name, "Status": ACTIVE}
    return all(request.query.get(name, value) == value for name, value in own.items())


def _document(account: Account) -> dict[str, Any]:
    uri = f"/{API_VERSION}/Accounts/{account.sid}"
    return {
        "auth_token": None,
        "date_created": rfc2822(account.date_created),
        "date_updated": rfc2822(account.date_updated),
        "friendly_name": account.friendly_name,
        "owner_account_sid": account.sid,
        "sid": account.sid,
        "status": ACTIVE,
        "subresource_uris": {key: f"{uri}/{name}.json" for key, name in SUBRESOURCES.items()},
        "type": "Full",
        "uri": f"{uri}.json",
    }


ROUTES = [
    web.get("/2010-04-01/Accounts{extension:\\.json|\\.xml|}", list_accounts),
    web.get("/2010-04-01/Accounts/{account:AC[0-9a-fA-F]+}{extension:\\.json|\\.xml|}", fetch),
]
