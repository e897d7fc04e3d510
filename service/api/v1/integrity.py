"""The audit API: seals, the keys they are signed with, and proofs under them."""

import re

from aiohttp import web

from service.api.errors import invalid, not_found
from service.api.pages import PAGING, page_asked
from service.api.render import as_json
from service.api.services import SERVICES
from service.api.v1.lists import respond_page
from service.api.v1.switch import refuse_query
from service.application.identifiers import is_sid
from service.audit.proofs import NEWEST

NUMBER = "[1-9][0-9]{0,17}"
SEALS = "/v1/Integrity/Seals"


async def list_seals(request: web.Request) -> web.Response:
    refuse_query(request, *PAGING)
    asked = page_asked(request, NUMBER)
    up_to = int(asked.cursor.sid) if asked.cursor else NEWEST
    found = await request.app[SERVICES].proofs.seals(up_to=up_to, limit=asked.size + 1)
    older = f"PA{found[-1]['n']}" if len(found) > asked.size else None
    newer = f"PB{up_to + asked.size}" if asked.cursor and asked.number else None
    return respond_page(request, "seals", found[: asked.size], asked, older=older, newer=newer)


async def fetch_seal(request: web.Request) -> web.Response:
    refuse_query(request)
    n = request.match_info["n"]
    found = await request.app[SERVICES].proofs.seals(up_to=int(n)) if re.fullmatch(NUMBER, n) else []
    if not found or found[0]["n"] != int(n):
        raise not_found(request.path)
    return as_json(found[0])


async def list_keys(request: web.Request) -> web.Response:
    """Answer all keys as one page: there is a handful."""
    refuse_query(request, *PAGING)
    keys = await request.app[SERVICES].proofs.keys()
    return respond_page(request, "keys", keys, page_asked(request), older=None, newer=None)


async def prove_event(request: web.Request) -> web.Response:
    refuse_query(request, "Seal")
    account, sid, version = (request.match_info[name] for name in ("account", "sid", "version"))
    is_named = (is_sid("RE", sid) or is_sid("AC", sid)) and re.fullmatch("[1-9][0-9]{0,8}", version)
    n, proofs = _seal(request, "Seal"), request.app[SERVICES].proofs
    proof = await proofs.inclusion(account, sid, int(version), n) if is_named else None
    if proof is None:
        raise not_found(request.path)
    return as_json(proof)


async def prove_consistency(request: web.Request) -> web.Response:
    refuse_query(request, "From", "To")
    first, second = _seal(request, "From"), _seal(request, "To")
    if first is None:
        raise invalid("From must be there: the number of a seal, to prove that the log under To goes on from it")
    if second and second < first:
        raise invalid(f"To must be From or a later seal; From was {first}, To {second}")
    return as_json(await request.app[SERVICES].proofs.consistency(request.match_info["account"], first, second))


def _seal(request: web.Request, name: str) -> int | None:
    text = request.query.get(name)
    if text is None:
        return None
    if not re.fullmatch(NUMBER, text):
        raise invalid(f"{name} must be the number of a seal, from 1; it was '{text}'")
    return int(text)


ROUTES = [
    web.get(SEALS, list_seals),
    web.get(SEALS + "/{n:[^/.]+}", fetch_seal),
    web.get("/v1/Integrity/Keys", list_keys),
    web.get("/v1/Accounts/{account}/Recordings/{sid}/Events/{version:[^/.]+}/Proof", prove_event),
    web.get("/v1/Accounts/{account}/Integrity/Consistency", prove_consistency),
]
