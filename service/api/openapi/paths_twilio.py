"""What is served under `/2010-04-01`: Twilio's operations by Twilio's names, and the media and XML beside them."""

from collections.abc import Iterator

from pydantic import BaseModel

from service.api.openapi import parameters as take
from service.api.openapi import twilio_documents as documents
from service.api.openapi.operation import Json, Operation

ACCOUNTS = "/2010-04-01/Accounts"
ACCOUNT = f"{ACCOUNTS}/{{AccountSid}}"
LIST = (".json", ".xml", "")
ONE = (".json", ".xml")
CURRENT = r"^(RE[0-9a-fA-F]{32}|Twilio\.CURRENT)$"
FORM = "application/x-www-form-urlencoded"
VIEWS: dict[str, tuple[str, type[BaseModel], type[BaseModel]]] = {
    "": ("", documents.AccountRecording, documents.AccountRecordings),
    "Call": ("/Calls/{CallSid}", documents.CallRecording, documents.CallRecordings),
    "Conference": ("/Conferences/{ConferenceSid}", documents.ConferenceRecording, documents.ConferenceRecordings),
}


def twilio_operations() -> Iterator[Operation]:
    yield from _accounts()
    for view in VIEWS:
        yield from _recordings(view)
        yield from _media(view)
    yield from _transcriptions("", ACCOUNT)
    yield from _transcriptions("Recording", f"{ACCOUNT}/Recordings/{{RecordingSid}}")
    yield _get(
        "ListRecordingAddOnResult",
        f"{ACCOUNT}/Recordings/{{RecordingSid}}/AddOnResults",
        "List a recording's add-on results: there are never any",
        documents.AddOnResults,
        *take.PAGING,
    )


def _accounts() -> Iterator[Operation]:
    yield _get("ListAccount", ACCOUNTS, "List the caller's account", documents.Accounts, *take.PAGING)
    yield _get("FetchAccount", ACCOUNT, "Fetch the caller's account", documents.AccountDocument)


def _recordings(view: str) -> Iterator[Operation]:
    parent, document, page = VIEWS[view]
    many, name, where = f"{ACCOUNT}{parent}/Recordings", f"{view}Recording", f" of a {view.lower()}" if view else ""
    one = many + "/{Sid}"
    chosen = take.DATES if view else take.CHOSEN
    yield _get(f"List{name}", many, f"List recordings{where}, newest first", page, *chosen, *take.PAGING)
    yield _get(f"Fetch{name}", one, f"Fetch a recording{where}", document, *(() if view else (take.DELETED,)), at=ONE)
    yield Operation(
        name=f"Delete{name}",
        method="delete",
        path=one,
        summary=f"Delete a completed recording{where}",
        answers={204: None},
        extensions=ONE,
        conflicts=True,
    )
    if view:
        yield _post(
            f"Update{name}", one, f"Pause, resume or stop a recording{where}", {200: document}, take.UPDATE, at=ONE
        )
    if view == "Call":
        yield _post(
            f"Create{name}", many, "Start a recording of a call in progress", {201: document}, take.CREATE, at=LIST
        )


def _media(view: str) -> Iterator[Operation]:
    sound = ("audio/x-wav", "audio/mpeg")
    for method, name in (("get", "Fetch"), ("head", "Head")):
        for extensions, kinds in (((".wav", ""), sound[:1]), ((".mp3",), sound[1:])):
            yield Operation(
                name=f"{name}{view}RecordingMedia{'Mp3' if '.mp3' in extensions else ''}",
                method=method,
                path=f"{ACCOUNT}{VIEWS[view][0]}/Recordings/{{Sid}}",
                summary="The sound of a completed recording, whole or in part (Range)",
                answers={200: kinds, 206: kinds, 304: None},
                refuses=(412, 416, 503),
                extensions=extensions,
                parameters=(take.CHANNELS,),
            )


def _transcriptions(view: str, parent: str) -> Iterator[Operation]:
    many, name, where = f"{parent}/Transcriptions", f"{view}Transcription", " of a recording" if view else ""
    one = many + "/{Sid}"
    yield _get(f"List{name}", many, f"List transcriptions{where}", documents.Transcriptions, *take.PAGING)
    yield _get(f"Fetch{name}", one, f"Fetch a transcription{where}", documents.TranscriptionDocument, sid="TR")
    yield Operation(
        name=f"Delete{name}",
        method="delete",
        path=one,
        summary=f"Delete a transcription{where}",
        answers={204: None},
        extensions=LIST,
        sid="TR",
        conflicts=True,
    )


def _get(
    name: str,
    path: str,
    summary: str,
    document: type[BaseModel],
    *parameters: Json,
    at: tuple[str, ...] = LIST,
    sid: str = "RE",
) -> Operation:
    return Operation(
        name=name,
        method="get",
        path=path,
        summary=summary,
        answers={200: document},
        extensions=at,
        sid=sid,
        parameters=parameters,
    )


def _post(
    name: str, path: str, summary: str, answers: dict[int, type[BaseModel]], form: Json, at: tuple[str, ...]
) -> Operation:
    return Operation(
        name=name,
        method="post",
        path=path,
        summary=summary,
        answers=answers,
        extensions=at,
        sid=CURRENT,
        parameters=(take.ONCE,),
        body={FORM: form},
        body_required="required" in form,
        conflicts=True,
    )
