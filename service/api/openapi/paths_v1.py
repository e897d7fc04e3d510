"""What is served under `/v1`, and what the service says of itself."""

from collections.abc import Iterator

from pydantic import BaseModel

from service.api.openapi import parameters as take
from service.api.openapi import twilio_documents as twilio
from service.api.openapi import v1_documents as documents
from service.api.openapi.operation import Answer, Json, Operation, of, parameter
from service.api.v1 import bodies

ACCOUNT = "/v1/Accounts/{AccountSid}"
RECORDING = f"{ACCOUNT}/Recordings/{{RecordingSid}}"
CONVERSATIONS: dict[str, tuple[type[BaseModel], type[BaseModel], type[BaseModel]]] = {
    "Call": (documents.CallDocument, bodies.CallBody, twilio.CallRecording),
    "Conference": (documents.ConferenceDocument, bodies.ConferenceBody, twilio.ConferenceRecording),
}
WAV: Json = {"audio/wav": {"type": "string", "contentMediaType": "audio/wav"}}


def v1_operations() -> Iterator[Operation]:
    for kind in CONVERSATIONS:
        yield from _conversation(kind)
    yield from _recording()
    yield _get(
        "ListDailyAnalytics",
        f"{ACCOUNT}/Analytics/Daily",
        "List what happened to the account's recordings, day by day, newest first",
        documents.Daily,
        parameter("query", "StartDate", take.DATE, "The first day, UTC."),
        parameter("query", "EndDate", take.DATE, "The last day, UTC."),
        *take.PAGING,
    )
    yield from _sockets()


def _recording() -> Iterator[Operation]:
    yield _with_body(
        "CreateRecordingAbsent",
        f"{RECORDING}/Absent",
        "Say that there is no audio for a recording",
        {200: twilio.AccountRecording},
        bodies.AbsentBody,
    )
    yield _with_body(
        "CreateRecordingTranscription",
        f"{RECORDING}/Transcriptions",
        "Keep what an engine heard in a recording",
        {201: twilio.TranscriptionDocument},
        bodies.TranscriptionBody,
    )
    yield Operation(
        name="UpdateRecordingMedia",
        method="put",
        path=f"{RECORDING}/Media",
        summary="Upload the sound of a recording the switch made by itself: PCM16, μ-law or A-law, at most 2 GiB",
        answers={202: documents.Uploaded},
        body=WAV,
        conflicts=True,
    )


def service_operations() -> Iterator[Operation]:
    yield _open("FetchHealth", "/healthz", "Whether the process answers", {200: documents.Health})
    ready: dict[int, Answer] = {200: documents.Health, 503: documents.NotReady}
    yield _open("FetchReadiness", "/readyz", "Whether the database is within reach and its schema current", ready)
    yield _open("FetchMetrics", "/metrics", "Figures in Prometheus' text format", {200: ("text/plain",)})
    yield _open("FetchDescription", "/openapi.json", "This description", {200: ("application/json",)})


def _sockets() -> Iterator[Operation]:
    signed = "; a signature may stand for credentials"
    fork = "Live audio over a WebSocket, as jambonz and FreeSWITCH fork it"
    for name, path, summary in (
        ("ConnectMediaStream", "/v1/MediaStream", "Live audio over a WebSocket, as Twilio Media Streams"),
        ("ConnectAudioFork", "/v1/AudioFork", fork),
        ("ConnectRecordedAudioFork", "/v1/AudioFork/record/{Vendor}", f"{fork}, recorded from its start"),
    ):
        yield Operation(
            name=name,
            method="get",
            path=path,
            summary=summary + signed,
            answers={101: None},
            sid="^[^/.]+$",
            may_be_unavailable=True,
        )


def _conversation(kind: str) -> Iterator[Operation]:
    document, body, recording = CONVERSATIONS[kind]
    path = f"{ACCOUNT}/{kind}s/{{{kind}Sid}}"
    yield _get(f"Fetch{kind}", path, f"Read back an announced {kind.lower()}", document)
    yield Operation(
        name=f"Update{kind}",
        method="put",
        path=path,
        summary=f"Announce a {kind.lower()} or its new status; a final one ends its recordings",
        answers={200: document, 201: document},
        body={"application/json": of(body)},
        conflicts=True,
    )
    summary = f"Start a recording of a {kind.lower()} in progress"
    name = f"StartV1{kind}Recording"
    yield _with_body(name, f"{path}/Recordings", summary, {201: recording}, bodies.RecordingBody)


def _with_body(name: str, path: str, summary: str, answers: dict[int, Answer], body: type[BaseModel]) -> Operation:
    return Operation(
        name=name,
        method="post",
        path=path,
        summary=summary,
        answers=answers,
        parameters=(take.ONCE,),
        body={"application/json": of(body)},
        conflicts=True,
    )


def _get(name: str, path: str, summary: str, answer: Answer, *parameters: Json) -> Operation:
    return Operation(name=name, method="get", path=path, summary=summary, answers={200: answer}, parameters=parameters)


def _open(name: str, path: str, summary: str, answers: dict[int, Answer]) -> Operation:
    return Operation(name=name, method="get", path=path, summary=summary, answers=answers, is_open=True)
