"""The read model's row of one recording, as every room above reads it."""

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal

from service.eventstore.event import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingView:
    """`live_status` is the state machine's; what a fetch shows of it is the presenter's to say.

    `encryption` is JSON, as the `completed` event has it.
    """

    account_sid: str
    sid: str
    version: int
    call_sid: str | None
    conference_sid: str | None
    source: str
    channels: int
    track: str
    live_status: str
    start_time: datetime
    date_created: datetime
    date_updated: datetime
    stopped_at: datetime | None
    deleted_at: datetime | None
    duration: int | None
    price: Decimal | None
    price_unit: str | None
    stored_channels: int | None
    error_code: int | None
    media_url: str | None
    encryption: str | None

    @classmethod
    def of(cls, row: Row) -> "RecordingView":
        return cls(**{name: row[name] for name in _FIELDS})


_FIELDS = tuple(field.name for field in fields(RecordingView))
