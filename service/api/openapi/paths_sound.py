"""What is served under `/v1` of a recording's sound: signed links to it, and how it looks."""

from collections.abc import Iterator

from service.api.openapi import parameters as take
from service.api.openapi import v1_documents as documents
from service.api.openapi.operation import Answer, Json, Operation, of, parameter
from service.api.v1.bodies import LinkBody

RECORDING = "/v1/Accounts/{AccountSid}/Recordings/{RecordingSid}"
LINKS = f"{RECORDING}/Links"
LINK = f"{LINKS}/{{LinkSid}}"
SOUND = {".mp3": "audio/mpeg", ".wav": "audio/x-wav"}
SIGNED: tuple[Json, ...] = (
    parameter("query", "Channels", {"type": "integer", "enum": [1, 2]}, "As the link's URL has it.", required=True),
    parameter("query", "Expires", {"type": "integer"}, "As the link's URL has it.", required=True),
    parameter("query", "Signature", {"type": "string"}, "As the link's URL has it.", required=True),
)


def sound_operations() -> Iterator[Operation]:
    yield from _links()
    yield from _signed()
    picture = "A picture of a completed recording's sound, with its pauses marked"
    for path, summary, answer in (
        (f"{RECORDING}/Waveform", "How loud a completed recording is, stretch by stretch", documents.Waveform),
        (f"{RECORDING}/Waveform.svg", picture, ("image/svg+xml",)),
    ):
        name = f"FetchRecordingWaveform{'Picture' if answer is not documents.Waveform else ''}"
        yield _get(name, path, summary, answer, refuses=(409, 412), not_modified=True)


def _links() -> Iterator[Operation]:
    yield Operation(
        name="CreateRecordingLink",
        method="post",
        path=LINKS,
        summary="Make a URL that plays a recording without credentials, for a time",
        answers={201: documents.Link},
        body={"application/json": of(LinkBody)},
        conflicts=True,
    )
    yield _get("ListRecordingLink", LINKS, "List a recording's links, newest first", documents.Links, *take.PAGING)
    yield _get("FetchRecordingLink", LINK, "Fetch a link", documents.Link)
    yield Operation(
        name="DeleteRecordingLink",
        method="delete",
        path=LINK,
        summary="Revoke a link: it leads nowhere from here on",
        answers={204: None},
    )


def _signed() -> Iterator[Operation]:
    for extension, kind in SOUND.items():
        yield Operation(
            name=f"PlayRecordingLink{extension.removeprefix('.').capitalize()}",
            method="get",
            path=LINK + extension,
            summary="The sound that a link leads to, whole or in part (Range)",
            answers={200: (kind,), 206: (kind,), 304: None},
            parameters=SIGNED,
            refuses=(400, 403, 404, 410, 412, 416, 503),
            is_open=True,
        )


def _get(
    name: str,
    path: str,
    summary: str,
    answer: Answer,
    *parameters: Json,
    refuses: tuple[int, ...] = (),
    not_modified: bool = False,
) -> Operation:
    answers: dict[int, Answer] = {200: answer} | ({304: None} if not_modified else {})
    return Operation(
        name=name, method="get", path=path, summary=summary, answers=answers, parameters=parameters, refuses=refuses
    )
