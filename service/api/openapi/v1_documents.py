"""The documents of `/v1` and of the service itself, as models."""

from typing import Annotated, Any, Literal

from pydantic import Field

from service.api.openapi.fields import (
    AccountSid,
    CallSid,
    ConferenceSid,
    DeliverySid,
    Document,
    Hash,
    Iso8601,
    LinkSid,
    RecordingSid,
)
from service.api.openapi.twilio_documents import AccountRecording
from service.application.codec import EVENT_TYPES


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
    """A fact about a recording or its account, chained by its hash to the account's fact before it."""

    position: Annotated[int, Field(ge=1)]
    account_sid: AccountSid
    recording_sid: Annotated[str, Field(pattern="^(RE|AC)[0-9a-fA-F]{32}$", description="Whose stream it is.")]
    call_sid: CallSid | None
    conference_sid: ConferenceSid | None
    version: Annotated[int, Field(ge=1)]
    type: Annotated[str, Field(pattern="^[a-z][a-z_-]*$", description="Others may be added.", examples=EVENT_TYPES)]
    data: dict[str, Any]
    occurred_at: Iso8601
    recorded_at: Iso8601
    actor: Actor
    request_id: Annotated[str, Field(pattern="^RQ[0-9a-f]{32}$")]
    causation_id: str | None
    correlation_id: str | None
    previous_hash: Hash
    hash: Hash


class RecordingAt(AccountRecording):
    """A recording as its account's path would have shown it, and where exactly it stood."""

    live_status: Literal["in-progress", "paused", "stopped", "completed", "absent", "deleted"]


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


class Quantiles(Document):
    """Seconds; null on a day without a completed recording."""

    median: float | None
    p95: float | None


class Callbacks(Document):
    """How the callbacks of a day's events ended so far; counted every half minute."""

    delivered: Annotated[int, Field(ge=0)]
    failed: Annotated[int, Field(ge=0)]
    discarded: Annotated[int, Field(ge=0)]
    pending: Annotated[int, Field(ge=0)]


class Day(Document):
    """What happened to an account's recordings on one day (UTC), each event on its own day."""

    account_sid: AccountSid
    date: Annotated[str, Field(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    started: Annotated[int, Field(ge=0)]
    completed: Annotated[int, Field(ge=0)]
    absent: Annotated[int, Field(ge=0)]
    absent_by_code: dict[str, int]
    deleted: Annotated[int, Field(ge=0)]
    seconds_recorded: Annotated[int, Field(ge=0, description="Of the recordings completed on the day.")]
    seconds_paused: Annotated[float, Field(ge=0, description="Of the same recordings.")]
    duration: Quantiles
    stop_to_completed: Quantiles
    callbacks: Callbacks


class Daily(Document):
    daily: list[Day]
    meta: Meta


class Link(Document):
    """A URL that plays one file of a recording to whoever has it, until it expires or is revoked."""

    sid: LinkSid
    account_sid: AccountSid
    recording_sid: RecordingSid
    format: Literal["mp3", "wav"]
    channels: Literal[1, 2]
    url: str
    actor: Actor
    request_id: Annotated[str, Field(pattern="^RQ[0-9a-f]{32}$")]
    date_created: Iso8601
    date_expires: Iso8601
    date_revoked: Iso8601 | None


class Links(Document):
    links: list[Link]
    meta: Meta


class Hold(Document):
    """Whether a legal hold is on just that: a recording may be held by its account, and an account's recordings not."""

    account_sid: AccountSid
    recording_sid: RecordingSid | None
    held: bool
    reference: Annotated[str, Field(description="How another system names the case.")] | None
    held_at: Iso8601 | None
    actor: Actor | None
    request_id: Annotated[str, Field(pattern="^RQ[0-9a-f]{32}$")] | None


class Retention(Document):
    account_sid: AccountSid
    delete_after_days: Annotated[int, Field(ge=1, description="Counted from when a recording was completed.")] | None


class Attempt(Document):
    """A delivery's try: `error_code` is one of Twilio's debugger; both errors are null when it was taken."""

    attempted_at: Iso8601
    duration_ms: Annotated[int, Field(ge=0)]
    http_status: int | None
    error_code: int | None
    error: str | None


class Delivery(Document):
    """A callback owed; `failed`: its attempts are used up, `discarded`: it could be sent nowhere."""

    sid: DeliverySid
    recording_sid: RecordingSid
    event_version: Annotated[int, Field(ge=1)]
    event: Literal["in-progress", "completed", "absent"]
    url: Annotated[
        str | None, Field(description="Without the password that it may hold; null once erased with its recording.")
    ]
    method: Literal["GET", "POST"]
    status: Literal["pending", "delivered", "failed", "discarded"]
    attempts: list[Attempt]
    next_attempt_at: Annotated[Iso8601, Field(description="Null once it is settled.")] | None
    idempotency_token: Annotated[str, Field(description="The same over all attempts and redeliveries.")]


class Deliveries(Document):
    deliveries: list[Delivery]
    meta: Meta


class Pause(Document):
    """Where a pause is, in seconds of the file: silence from start to end, or left out at one place."""

    behavior: Literal["skip", "silence"]
    start: Annotated[float, Field(ge=0)]
    end: Annotated[float, Field(ge=0)]


class Waveform(Document):
    """The loudest of each `peak_samples` samples, a list a channel: 255 is full scale."""

    sid: RecordingSid
    duration: Annotated[float, Field(gt=0, description="Seconds of the file.")]
    samples: Annotated[int, Field(ge=1)]
    sample_rate: int
    channels: Literal[1, 2]
    tracks: list[Literal["inbound", "outbound", "mixed"]]
    peak_samples: Annotated[int, Field(ge=1)]
    peaks: list[list[Annotated[int, Field(ge=0, le=255)]]]
    pauses: list[Pause]


class Health(Document):
    status: Literal["ok"]


class NotReady(Document):
    status: Literal["not ready"]
    cause: str
