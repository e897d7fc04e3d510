"""What may be asked of a recording. Each is a request: the decider may refuse it.

`at` is when it happened, as the one who asks knows it: it becomes the event's `occurred_at`. Where
all of the event is for the asker to say, the command carries it as `facts`.
"""

from dataclasses import dataclass
from datetime import datetime

from service.domain.events import RecordingCompleted, RecordingDamaged, RecordingDelayed, RecordingStarted
from service.domain.values import PauseBehavior, StopCause


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRecording:
    sid: str
    at: datetime
    facts: RecordingStarted


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseRecording:
    sid: str
    at: datetime
    behavior: PauseBehavior
    position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeRecording:
    sid: str
    at: datetime
    position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRecording:
    sid: str
    at: datetime
    cause: StopCause
    position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DamageRecording:
    sid: str
    at: datetime
    facts: RecordingDamaged


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayRecording:
    sid: str
    at: datetime
    facts: RecordingDelayed


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteRecording:
    sid: str
    at: datetime
    facts: RecordingCompleted


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkRecordingAbsent:
    sid: str
    at: datetime
    error_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRecording:
    """`account_hold`: the version of the account's event that holds all its recordings, None when none does."""

    sid: str
    at: datetime
    account_hold: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRecording:
    sid: str
    at: datetime
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRecording:
    sid: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeRecording:
    """Asks whether what is left of a deleted recording may go; `account_hold` as above."""

    sid: str
    at: datetime
    account_hold: int | None = None


Command = (
    StartRecording
    | PauseRecording
    | ResumeRecording
    | StopRecording
    | DamageRecording
    | DelayRecording
    | CompleteRecording
    | MarkRecordingAbsent
    | DeleteRecording
    | HoldRecording
    | ReleaseRecording
    | PurgeRecording
)
