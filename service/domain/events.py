"""The facts a recording consists of. A stream of these is the recording; all else is derived.

Positions are milliseconds on the timeline of the call or conference; `None` where no audio had arrived yet.
When a fact occurred is kept beside it, in the envelope the event store writes.
"""

from dataclasses import dataclass

from service.domain.values import (
    DamageCause,
    DelayCause,
    HeldRequest,
    HoldScope,
    PauseBehavior,
    Source,
    StopCause,
    Track,
    Trim,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """Where the customer is told: a URL, GET or POST, and the event names asked for.

    In the log `url` is sealed: `host` says beside it where it leads. None of old: there it can be read.
    """

    url: str
    method: str
    events: tuple[str, ...]
    host: str | None


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
class RecordingDamaged:
    """Sound was lost: how many milliseconds of it, None where nobody can know. It says nothing of what was said."""

    cause: DamageCause
    lost: int | None
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingDelayed:
    """Finishing met an obstacle and is tried again; said once of each cause."""

    cause: DelayCause
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Encryption:
    """The key that the media are encrypted with, itself encrypted at the customer's key, and the IV; base64."""

    public_key_sid: str
    encrypted_cek: str
    iv: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseHeard:
    """Where a pause is in the file, in samples: a stretch of silence, or the one place where it was skipped."""

    behavior: PauseBehavior
    begin: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingCompleted:
    """`samples` per channel at `sample_rate`; `channels`, `size` and `sha256` are those of the WAV as it is served.

    `peaks`: a channel's loudest sample in each stretch of `peak_samples`, one byte (255 is full scale) in hexadecimal.
    `media_url` is where the media are when that is not here.
    """

    duration: int
    samples: int
    sample_rate: int
    channels: int
    size: int
    sha256: str
    price: str | None
    price_unit: str | None
    peaks: tuple[str, ...]
    peak_samples: int
    pauses: tuple[PauseHeard, ...] = ()
    media_url: str | None
    encryption: Encryption | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingAbsent:
    error_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingDeleted:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingHeld:
    """A legal hold begins. `reference` names the case, in whatever system keeps it; it is no place for reasons."""

    reference: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingReleased:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRefused:
    """A hold stood in the way; `hold` is the version of the event that began it, in the stream of what it is on."""

    request: HeldRequest
    under: HoldScope
    hold: int


Event = (
    RecordingStarted
    | RecordingPaused
    | RecordingResumed
    | RecordingStopped
    | RecordingDamaged
    | RecordingDelayed
    | RecordingCompleted
    | RecordingAbsent
    | RecordingDeleted
    | RecordingHeld
    | RecordingReleased
    | RecordingRefused
)
