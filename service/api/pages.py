"""Lists in Twilio's envelope, a page at a time, with opaque tokens that name the row to go on from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from service.api.errors import invalid
from service.application.paging import Cursor, Listed, Page

LARGEST_PAGE = 1000
PAGING = ("PageSize", "Page", "PageToken")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAsked:
    size: int
    number: int
    cursor: Cursor | None


def sids(prefix: str) -> str:
    """Return the pattern of the SIDs that begin with `prefix`."""
    return prefix + "[0-9a-f]{32}"


def page_asked(request: web.Request, row: str = sids("RE")) -> PageAsked:
    """Read PageSize (above 1000 it counts as 1000), Page and PageToken; `row` is the pattern of what names a row."""
    token = request.query.get("PageToken", "")
    match = re.fullmatch(f"P([AB])({row})", token)
    if token and not match:
        raise invalid("PageToken is not one that a page of this list gave out; start from the first page")
    size = _number(request, "PageSize", 50, 1)
    cursor = Cursor(sid=match[2], newer=match[1] == "B") if match else None
    return PageAsked(size=min(size, LARGEST_PAGE), number=_number(request, "Page", 0, 0), cursor=cursor)


def envelope(
    request: web.Request,
    asked: PageAsked,
    page: Page[Listed],
    documents: Sequence[dict[str, Any]],
    key: str = "recordings",
) -> dict[str, Any]:
    """Return the list's body. No other `key` may stand at its top: Twilio's Python library would not read it."""
    start = asked.number * asked.size if documents else 0
    older = f"PA{page.rows[-1].sid}" if page.rows and page.has_older else None
    newer = f"PB{page.rows[0].sid}" if page.rows and page.has_newer and asked.number else None
    return {
        "end": start + len(documents) - 1 if documents else 0,
        "first_page_uri": _uri(request, asked.size, 0, None),
        "next_page_uri": older and _uri(request, asked.size, asked.number + 1, older),
        "page": asked.number,
        "page_size": asked.size,
        "previous_page_uri": newer and _uri(request, asked.size, asked.number - 1, newer),
        key: list(documents),
        "start": start,
        "uri": _uri(request, asked.size, asked.number, request.query.get("PageToken")),
    }


def _uri(request: web.Request, size: int, number: int, token: str | None) -> str:
    filters = [(name, value) for name, value in request.query.items() if name not in PAGING]
    paging = [("PageSize", str(size)), ("Page", str(number))]
    # In XML a list is named without an extension, as Twilio does: XML is what such a path answers.
    path = request.path.removesuffix(".xml")
    return f"{path}?{urlencode(filters + paging + ([('PageToken', token)] if token else []))}"


def _number(request: web.Request, name: str, default: int, least: int) -> int:
    text = request.query.get(name, str(default))
    if not re.fullmatch("[0-9]{1,9}", text) or int(text) < least:
        raise invalid(f"{name} must be a whole number of {least} or more; it was '{text}'")
    return int(text)
