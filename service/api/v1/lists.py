"""Lists of `/v1`: rows under one key, and beside them the page they are, with absolute URLs."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from service.api.pages import PAGING, PageAsked
from service.api.render import respond
from service.api.services import public_url


def respond_page(
    request: web.Request,
    key: str,
    documents: Sequence[Mapping[str, Any]],
    asked: PageAsked,
    *,
    older: str | None,
    newer: str | None,
) -> web.Response:
    """Answer a page; `older` and `newer` are the tokens of the pages after and before it, None where there is none."""
    number = asked.number
    meta = {
        "key": key,
        "page": number,
        "page_size": asked.size,
        "first_page_url": _url(request, asked.size, 0, None),
        "previous_page_url": newer and _url(request, asked.size, max(0, number - 1), newer),
        "next_page_url": older and _url(request, asked.size, number + 1, older),
        "url": _url(request, asked.size, number, request.query.get("PageToken")),
    }
    return respond(request, key, {key: list(documents), "meta": meta})


def _url(request: web.Request, size: int, number: int, token: str | None) -> str:
    filters = [(name, value) for name, value in request.query.items() if name not in PAGING]
    paging = [("PageSize", str(size)), ("Page", str(number)), *([("PageToken", token)] if token else [])]
    return f"{public_url(request)}{request.path}?{urlencode(filters + paging)}"
