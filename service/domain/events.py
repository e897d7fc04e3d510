"""The facts a recording consists of. A stream of these is the recording; all else is derived.

Positions are milliseconds on the timeline of the call or conference; `None` where no audio had arrived yet.
When a fact occurred is kept beside it, in the envelope the event store writes.
"""

from dataclasses import dataclass

from service.domain.values import PauseBehavior, Source, StopCause, Track, Trim


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """Where the customer is told: a URL, GET or POST, and the event names asked for."""

    url: str
    method: str
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStarted:
    """`channels` is the format asked for; `public_url` is where the customer reaches this service."""

    call_sid: str | None
    conference_sid: str | None
    source: Source
    channels: int
    track: Track
    trim: Trim
    callback: Callback | None
    position: int | None
    public_url: str

    @property
    def conversation_sid(self) -> str:
        """The call or conference whose audio is recorded; a conference names its first call too."""
        return self.conference_sid or self.call_sid or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingPaused:
    behavior: PauseBehavior
    position: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingResumed:
    position: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStopped:
    cause: StopCause
    position: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingCompleted:
    """`samples` per channel at `sample_rate`; `channels`, `size` and `sha256` are those of the WAV kept."""

    duration: int
    samples: int
    sample_rate: int
    channels: int
    size: int
    sha256: str
    price: str | None
    price_unit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingAbsent:
    error_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingDeleted:
    pass


Event = (
    RecordingStarted
    | RecordingPaused
    | RecordingResumed
    | RecordingStopped
    | RecordingCompleted
    | RecordingAbsent
    | RecordingDeleted
)
