"""The documents of `/v1` and of the service itself, as models."""

from typing import Annotated, Any, Literal

from pydantic import Field

from service.api.openapi.fields import (
    AccountSid,
    CallSid,
    ConferenceSid,
    Document,
    Hash,
    Iso8601,
    RecordingSid,
)


class _Conversation(Document):
    account_sid: AccountSid
    date_created: Iso8601
    date_updated: Iso8601


class CallDocument(_Conversation):
    sid: CallSid
    status: Literal["queued", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"]


class ConferenceDocument(_Conversation):
    sid: ConferenceSid
    status: Literal["init", "in-progress", "completed"]


class Uploaded(Document):
    sid: RecordingSid
    status: Literal["processing"]


class Actor(Document):
    sid: Annotated[str, Field(pattern="^(AC|SK)[0-9a-fA-F]{32}$")] | None
    role: Literal["account", "standard", "switch", "admin", "system"]


class Event(Document):
    """A fact about a recording, chained by its hash to the account's fact before it."""

    position: Annotated[int, Field(ge=1)]
    account_sid: AccountSid
    recording_sid: RecordingSid
    call_sid: CallSid | None
    conference_sid: ConferenceSid | None
    version: Annotated[int, Field(ge=1)]
    type: Literal["started", "paused", "resumed", "stopped", "damaged", "delayed", "completed", "absent", "deleted"]
    data: dict[str, Any]
    occurred_at: Iso8601
    recorded_at: Iso8601
    actor: Actor
    request_id: Annotated[str, Field(pattern="^RQ[0-9a-f]{32}$")]
    causation_id: str | None
    correlation_id: str | None
    previous_hash: Hash
    hash: Hash


class Meta(Document):
    key: str
    page: int
    page_size: int
    first_page_url: str
    previous_page_url: str | None
    next_page_url: str | None
    url: str


class Events(Document):
    events: list[Event]
    meta: Meta


class Health(Document):
    status: Literal["ok"]


class NotReady(Document):
    status: Literal["not ready"]
    cause: str
