"""One method of one path, and how OpenAPI writes it down."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel

Json = dict[str, Any]
Answer = type[BaseModel] | tuple[str, ...] | None
"""A document, media types of bytes, or nothing."""
SIDS: Final = {
    "AccountSid": "AC",
    "CallSid": "CA",
    "ConferenceSid": "CF",
    "RecordingSid": "RE",
    "TranscriptionSid": "TR",
    "LinkSid": "LK",
    "DeliverySid": "DL",
}
TAGS: Final = {"2010-04-01": "What Twilio's clients use", "v1": "What the switch and auditors use"}
REFUSALS: Final = {
    400: ("BadRequest", "Something in the request is wrong; the message says what, and what would be right."),
    401: ("Unauthorized", "No credentials, wrong ones, or another account's path."),
    403: ("Forbidden", "The API key's role may not do this."),
    404: ("NotFound", "There is no such resource under this path."),
    409: ("Conflict", "The state of the resource, or an idempotency key used for another request, forbids it."),
    410: ("Gone", "It was there, and is no longer."),
    412: ("ConditionNotMet", "A condition in the request's headers does not hold."),
    413: ("TooLarge", "The body is larger than is taken."),
    416: ("NoSuchPart", "The file has no such part; Content-Range says how long it is."),
    503: ("Unavailable", "Not at present: the message says why; with `Retry-After`, when to try again."),
}
DONE: Final = {
    101: "The connection is a WebSocket now.",
    200: "Done.",
    201: "Made.",
    202: "Taken; it is finished behind this answer.",
    204: "Deleted.",
    206: "The part that was asked for.",
    304: "Not modified since.",
    503: "Not ready; the cause is named.",
}
XML: Final = (
    "`<TwilioResponse>` around one element named as the resource: the JSON document's values under the same names in "
    "CamelCase, null as an empty element, URIs without their extension."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A method of a path, in each of its `extensions`; a path of 2010-04-01 answers XML unless it ends in `.json`.

    `sid` is the prefix, or the pattern, of what `{Sid}` takes. `body` maps a media type to its schema.
    `beside` are media types that a 200 may have too. `refuses` are statuses beside those that follow from the rest.
    """

    name: str
    method: str
    path: str
    summary: str
    answers: Mapping[int, Answer]
    beside: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ("",)
    sid: str = "RE"
    parameters: tuple[Json, ...] = ()
    body: Mapping[str, Json] = field(default_factory=dict)
    body_required: bool = True
    conflicts: bool = False
    refuses: tuple[int, ...] = ()
    may_be_unavailable: bool = False
    is_open: bool = False

    def written(self, extension: str) -> Json:
        """Return the Operation Object for the path with this extension."""
        is_xml = self.path.startswith("/2010-04-01/") and extension != ".json"
        answers = {str(status): _answer(status, answer, is_xml=is_xml) for status, answer in self.answers.items()}
        refused = {str(status): _refusal(status, is_xml=is_xml) for status in self._refusals()}
        written = {
            "operationId": self._id(extension),
            "summary": self.summary,
            "tags": [room if (room := self.path.split("/")[1]) in TAGS else "service"],
            "parameters": [*self._path_parameters(), *self.parameters],
            "responses": answers | refused,
        }
        for media_type in self.beside:
            answers["200"]["content"][media_type] = {}
        if self.body:
            content = {media_type: {"schema": schema} for media_type, schema in self.body.items()}
            written["requestBody"] = {"required": self.body_required, "content": content}
        return written | ({"security": []} if self.is_open else {})

    def _id(self, extension: str) -> str:
        kind = extension.removeprefix(".").capitalize()
        usual = self.extensions[0] == extension
        return self.name if usual else f"{self.name}{kind or 'Bare'}"

    def _refusals(self) -> list[int]:
        named = "{" in self.path
        chosen = {404: named, 409: self.conflicts, 413: bool(self.body), 503: self.may_be_unavailable}
        usual = [] if self.is_open else [400, 401, 403, *(status for status, does in chosen.items() if does)]
        return [*usual, *self.refuses]

    def _path_parameters(self) -> list[Json]:
        names = re.findall(r"{(\w+)}", self.path)
        return [parameter("path", name, _sid(SIDS.get(name, self.sid)), required=True) for name in names]


def parameter(where: str, name: str, schema: Json, description: str = "", *, required: bool = False) -> Json:
    said = {"description": description} if description else {}
    return {"in": where, "name": name, "required": required, "schema": schema} | said


def of(model: type[BaseModel]) -> Json:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def refusals() -> Json:
    """Return the Response Objects that operations refer to: each refusal in JSON and in XML."""
    kinds = {"": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}, "Xml": _xml()}
    return {
        name + kind: {"description": description, "content": content}
        for name, description in REFUSALS.values()
        for kind, content in kinds.items()
    }


def _refusal(status: int, *, is_xml: bool) -> Json:
    return {"$ref": f"#/components/responses/{REFUSALS[status][0]}{'Xml' if is_xml else ''}"}


def _answer(status: int, answer: Answer, *, is_xml: bool) -> Json:
    said: Json = {"description": DONE[status]}
    if answer is None:
        return said
    if isinstance(answer, tuple):
        return said | {"content": {media_type: {} for media_type in answer}}
    return said | {"content": _xml() if is_xml else {"application/json": {"schema": of(answer)}}}


def _xml() -> Json:
    return {"application/xml": {"schema": {"type": "string", "description": XML}}}


def _sid(what: str) -> Json:
    return {"type": "string", "pattern": f"^{what}[0-9a-fA-F]{{32}}$" if len(what) == len("RE") else what}
