"""What is served under `/v1` for auditors: events, and recordings as they were."""

from collections.abc import Iterator

from service.api.openapi import parameters as take
from service.api.openapi import v1_documents as documents
from service.api.openapi.operation import Json, Operation, parameter
from service.api.v1.event_filters import AFTER, FILTERS, MOMENTS, SIDS
from service.api.v1.events import LINES
from service.application.codec import EVENT_TYPES

ACCOUNT = "/v1/Accounts/{AccountSid}"
RECORDING = f"{ACCOUNT}/Recordings/{{RecordingSid}}"
MOMENT: Json = {"type": "string", "format": "date-time"}


def _filter(name: str) -> Json:
    if name == "Type":
        types = {"type": "array", "items": {"type": "string", "enum": list(EVENT_TYPES)}}
        return parameter("query", name, types, "Of any of these types: repeat it.")
    if name in MOMENTS:
        return parameter("query", name, MOMENT, "Inclusive; without an offset it is UTC.")
    return parameter("query", name, {"type": "string", "pattern": f"^({'|'.join(SIDS[name])})[0-9a-fA-F]{{32}}$"})


CHOSEN = tuple(map(_filter, FILTERS))
POSITION: Json = {"type": "integer", "minimum": 0}


def audit_operations() -> Iterator[Operation]:
    yield from _of_account()
    yield from _of_recording()


def _of_account() -> Iterator[Operation]:
    yield Operation(
        name="ListEvent",
        method="get",
        path=f"{ACCOUNT}/Events",
        summary=f"List an account's events, newest first; with Accept: {LINES} all of them, a line each",
        answers={200: documents.Events},
        beside=(LINES,),
        parameters=(*CHOSEN, parameter("query", AFTER, POSITION, "Those after it, oldest first."), *take.PAGING),
        may_be_unavailable=True,
    )
    yield Operation(
        name="FollowEvent",
        method="get",
        path=f"{ACCOUNT}/Events/Stream",
        summary="An account's events as they come, as Server-Sent Events whose ids are positions",
        answers={200: ("text/event-stream",)},
        parameters=(
            *CHOSEN,
            parameter("query", AFTER, POSITION, "Begin after it; without, with what comes next."),
            parameter("header", "Last-Event-ID", POSITION, "Goes before AfterPosition."),
        ),
        may_be_unavailable=True,
    )


def _of_recording() -> Iterator[Operation]:
    yield Operation(
        name="ListRecordingEvent",
        method="get",
        path=f"{RECORDING}/Events",
        summary="List a recording's events, oldest first",
        answers={200: documents.Events},
        parameters=take.PAGING,
        may_be_unavailable=True,
    )
    yield Operation(
        name="FetchRecordingAt",
        method="get",
        path=RECORDING,
        summary="Fetch a recording as it was at a time, from the log",
        answers={200: documents.RecordingAt},
        parameters=(parameter("query", "At", MOMENT, "Inclusive; without an offset it is UTC. Default: as it is."),),
        may_be_unavailable=True,
    )
