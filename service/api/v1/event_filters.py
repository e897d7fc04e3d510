"""Which events a request asks for, read from its query."""

import re

from aiohttp import web

from service.api.errors import invalid
from service.api.twilio.forms import moment
from service.application.codec import EVENT_TYPES
from service.application.identifiers import is_sid
from service.audit.choice import LAST_POSITION, EventFilter

SIDS = {
    "RecordingSid": ("RE",),
    "CallSid": ("CA",),
    "ConferenceSid": ("CF",),
    "ActorSid": ("SK", "AC"),
    "RequestId": ("RQ",),
}
MOMENTS = ("OccurredAfter", "OccurredBefore")
AFTER = "AfterPosition"
FILTERS = ("Type", *SIDS, *MOMENTS)


def filter_asked(request: web.Request) -> EventFilter:
    """Read the filters. Each but Type may stand once: of two SIDs or times it would not be plain which counts."""
    query = request.query
    for name in query:
        if name != "Type" and len(query.getall(name)) > 1:
            raise invalid(f"{name} may be given once; only Type may be repeated")
    types = tuple(query.getall("Type", []))
    for name in types:
        if name not in EVENT_TYPES:
            raise invalid(f"Type must be one of {', '.join(EVENT_TYPES)}; it was '{name}'")
    sids = {_field(name): _sid(request, name, prefixes) for name, prefixes in SIDS.items()}
    occurred_after, occurred_before = (moment(query[name], name) if name in query else None for name in MOMENTS)
    return EventFilter(types=types, occurred_after=occurred_after, occurred_before=occurred_before, **sids)


def position_asked(text: str, name: str) -> int:
    if not re.fullmatch("[0-9]{1,19}", text) or int(text) >= LAST_POSITION:
        raise invalid(f"{name} must be a position: a whole number of 0 or more; it was '{text}'")
    return int(text)


def _sid(request: web.Request, name: str, prefixes: tuple[str, ...]) -> str | None:
    text = request.query.get(name)
    if text is None or any(is_sid(prefix, text) for prefix in prefixes):
        return text.lower().replace("rq", "RQ") if text and name == "RequestId" else text
    raise invalid(f"{name} must be {' or '.join(prefixes)} and 32 hex digits; it was '{text}'")


def _field(name: str) -> str:
    return re.sub("(?<!^)(?=[A-Z])", "_", name).lower()
