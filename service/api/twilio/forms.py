"""Form and query parameters of the 2010 API. Unknown ones are ignored; wrong ones are named in the error."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from aiohttp import web
from multidict import MultiDict, MultiMapping

from service.api.errors import ApiError, invalid
from service.api.urls import is_callback_url
from service.application.identifiers import is_sid
from service.callbacks.target import destination_of
from service.domain.events import Callback
from service.domain.values import PauseBehavior, Track, Trim
from service.projections.recordings import RecordingFilter

Form = MultiMapping[str]
Choice = TypeVar("Choice", bound=StrEnum)
EVENTS = ("in-progress", "completed", "absent", "failed")
LAST_MOMENT = datetime(9999, 12, 30, tzinfo=UTC)
"""The last day that has a next one, which an exact date needs."""
CHANNELS: Mapping[str, int] = {"mono": 1, "dual": 2}


class Update(StrEnum):
    IN_PROGRESS = "in-progress"
    PAUSED = "paused"
    STOPPED = "stopped"


async def read_form(request: web.Request) -> Form:
    """Return the form's text fields; files, which no parameter takes, are ignored like unknown parameters."""
    try:
        posted = await request.post()
        fields = [(name, value) for name, value in posted.items() if isinstance(value, str)]
        "".join(name + value for name, value in fields).encode()
    except (ValueError, LookupError, RuntimeError):  # the last for a Content-Transfer-Encoding that is none
        raise invalid("the form is not text in the encoding that its Content-Type names; UTF-8 is best") from None
    return MultiDict(fields)


def choice(form: Form, name: str, choices: type[Choice], default: Choice | None = None) -> Choice:
    text = form.get(name)
    if text is None and default is not None:
        return default
    try:
        return choices(text or "")
    except ValueError:
        raise invalid(f"{name} must be one of {', '.join(choices)}; it was '{text or ''}'") from None


def channels(form: Form) -> int:
    text = form.get("RecordingChannels", "mono")
    if text not in CHANNELS:
        raise invalid(f"RecordingChannels must be mono or dual; it was '{text}'")
    return CHANNELS[text]


def track(form: Form) -> Track:
    return choice(form, "RecordingTrack", Track, Track.BOTH)


def trim(form: Form) -> Trim:
    return choice(form, "Trim", Trim, Trim.DO_NOT_TRIM)


def pause_behavior(form: Form) -> PauseBehavior:
    return choice(form, "PauseBehavior", PauseBehavior, PauseBehavior.SILENCE)


def callback(form: Form) -> Callback | None:
    """Read the three callback parameters; the event list may be repeated, separated by spaces, or both."""
    names = [name for value in form.getall("RecordingStatusCallbackEvent", []) for name in value.split()]
    if unknown := [name for name in names if name not in EVENTS]:
        raise invalid(f"RecordingStatusCallbackEvent knows {', '.join(EVENTS)}; it was '{unknown[0]}'")
    method = form.get("RecordingStatusCallbackMethod", "POST").upper()
    if method not in {"GET", "POST"}:
        raise ApiError(400, 21209, f"RecordingStatusCallbackMethod must be GET or POST; it was '{method}'")
    url = form.get("RecordingStatusCallback", "")
    if not url:
        return None
    if not is_callback_url(url):
        message = "RecordingStatusCallback must be an absolute http or https URL of printable characters, at most 4000"
        raise ApiError(400, 21205, message)
    events = tuple(dict.fromkeys(names)) or ("completed",)
    return Callback(url=url, method=method, events=events, host=destination_of(url))


def recording_filter(request: web.Request, **parent: str | None) -> RecordingFilter:
    """Read the list's filters. An exact date is a whole day in GMT, whatever time stands beside it."""
    query = request.query
    earliest = [moment(query[name], name) for name in ("DateCreated>",) if query.get(name)]
    latest = [moment(query[name], name) for name in ("DateCreated<",) if query.get(name)]
    if query.get("DateCreated"):
        day = moment(query["DateCreated"], "DateCreated").replace(hour=0, minute=0, second=0, microsecond=0)
        earliest.append(day)
        latest.append(day + timedelta(days=1) - timedelta(microseconds=1))
    return RecordingFilter(
        call_sid=parent.get("call_sid") or _sid(request, "CallSid", "CA"),
        conference_sid=parent.get("conference_sid") or _sid(request, "ConferenceSid", "CF"),
        created_from=max(earliest, default=None),
        created_to=min(latest, default=None),
        include_soft_deleted=not parent and soft_deleted_too(request),
    )


def soft_deleted_too(request: web.Request) -> bool:
    return request.query.get("IncludeSoftDeleted", "").lower() == "true"


def moment(text: str, name: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        return min(found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC), LAST_MOMENT)
    except (ValueError, OverflowError):
        raise invalid(f"{name} must be a date such as 2016-10-14 or 2016-10-14T21:56:34Z; it was '{text}'") from None


def _sid(request: web.Request, name: str, prefix: str) -> str | None:
    text = request.query.get(name)
    if text and not is_sid(prefix, text):
        raise invalid(f"{name} must be {prefix} and 32 hex digits; it was '{text}'")
    return text or None
