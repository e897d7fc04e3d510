"""The query, header and form parameters of `/2010-04-01`."""

from collections.abc import Iterable

from service.api.openapi.operation import Json, parameter
from service.api.twilio import forms
from service.domain.values import PauseBehavior, Track, Trim


def choice(values: Iterable[object], default: str | None = None) -> Json:
    return {"type": "string", "enum": [str(value) for value in values]} | ({"default": default} if default else {})


PAGING = (
    parameter("query", "PageSize", {"type": "integer", "minimum": 1, "default": 50}, "Above 1000 it counts as 1000."),
    parameter("query", "Page", {"type": "integer", "minimum": 0, "default": 0}, "For the client's own state."),
    parameter("query", "PageToken", {"type": "string"}, "Only as a page's URIs give it out."),
)
DATE: Json = {"type": "string", "format": "date"}
DAY: Json = {"anyOf": [DATE, {"type": "string", "format": "date-time"}]}
DATES = (
    parameter("query", "DateCreated", DAY, "This whole day, GMT."),
    parameter("query", "DateCreated<", DAY, "At or before; a date is its midnight, GMT."),
    parameter("query", "DateCreated>", DAY, "At or after; a date is its midnight, GMT."),
)
DELETED = parameter("query", "IncludeSoftDeleted", {"type": "boolean"}, "Those deleted in the last 40 days too.")
CHOSEN = (
    *DATES,
    parameter("query", "CallSid", {"type": "string", "pattern": "^CA[0-9a-fA-F]{32}$"}),
    parameter("query", "ConferenceSid", {"type": "string", "pattern": "^CF[0-9a-fA-F]{32}$"}),
    DELETED,
)
ONCE = parameter(
    "header", "Idempotency-Key", {"type": "string", "maxLength": 255}, "A repetition changes nothing more."
)
CHANNELS = parameter(
    "query",
    "RequestedChannels",
    {"type": "integer", "enum": [1, 2]},
    "Default: what was asked for when it was created.",
)
CREATE: Json = {
    "type": "object",
    "properties": {
        "RecordingStatusCallback": {"type": "string", "format": "uri", "maxLength": 4000},
        "RecordingStatusCallbackMethod": choice(("GET", "POST"), "POST"),
        "RecordingStatusCallbackEvent": {"type": "array", "items": choice(forms.EVENTS), "default": ["completed"]},
        "RecordingChannels": choice(forms.CHANNELS, "mono"),
        "RecordingTrack": choice(Track, Track.BOTH),
        "Trim": choice(Trim, Trim.DO_NOT_TRIM),
    },
}
UPDATE: Json = {
    "type": "object",
    "required": ["Status"],
    "properties": {
        "Status": choice(forms.Update),
        "PauseBehavior": choice(PauseBehavior, PauseBehavior.SILENCE),
    },
}
