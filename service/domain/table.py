"""The state machine as one table of [state][command]: allowed, no change, or the refusal it meets."""

from typing import Final

from service.domain.commands import (
    Command,
    CompleteRecording,
    DamageRecording,
    DelayRecording,
    DeleteRecording,
    HoldRecording,
    MarkRecordingAbsent,
    PauseRecording,
    PurgeRecording,
    ReleaseRecording,
    ResumeRecording,
    StartRecording,
    StopRecording,
)
from service.domain.refusals import (
    RecordingAlreadyFinished,
    RecordingAlreadyStarted,
    RecordingHasNoAudio,
    RecordingIsDeleted,
    RecordingNotActive,
    RecordingNotCompleted,
    RecordingNotDeleted,
    RecordingNotFound,
    RecordingNotStopped,
    Refusal,
)
from service.domain.values import Status

ALLOWED: Final = "allowed"
NO_OP: Final = "no-op"

Verdict = str | type[Refusal]

COMMANDS: Final[tuple[type[Command], ...]] = (
    StartRecording,
    PauseRecording,
    ResumeRecording,
    StopRecording,
    DamageRecording,
    DelayRecording,
    CompleteRecording,
    MarkRecordingAbsent,
    DeleteRecording,
    HoldRecording,
    ReleaseRecording,
    PurgeRecording,
)
_KEPT: Final[tuple[Verdict, ...]] = (ALLOWED, ALLOWED, RecordingNotDeleted)
"""Hold, release and purge of what is not deleted."""

_ROWS: Final[dict[Status, tuple[Verdict, ...]]] = {
    #                    start, pause, resume, stop, damage, delay, complete, absent, delete, hold, release, purge
    Status.NOT_STARTED: (ALLOWED, *(RecordingNotFound,) * 11),
    Status.IN_PROGRESS: (
        RecordingAlreadyStarted,
        ALLOWED,
        NO_OP,
        *(ALLOWED,) * 2,
        *(RecordingNotStopped,) * 2,
        ALLOWED,
        RecordingNotCompleted,
        *_KEPT,
    ),
    Status.PAUSED: (
        RecordingAlreadyStarted,
        NO_OP,
        *(ALLOWED,) * 3,
        *(RecordingNotStopped,) * 2,
        ALLOWED,
        RecordingNotCompleted,
        *_KEPT,
    ),
    Status.STOPPED: (
        RecordingAlreadyStarted,
        *(RecordingNotActive,) * 3,
        *(ALLOWED,) * 4,
        RecordingNotCompleted,
        *_KEPT,
    ),
    Status.COMPLETED: (
        RecordingAlreadyStarted,
        *(RecordingNotActive,) * 3,
        *(RecordingAlreadyFinished,) * 4,
        ALLOWED,
        *_KEPT,
    ),
    Status.ABSENT: (
        RecordingAlreadyStarted,
        *(RecordingNotActive,) * 3,
        *(RecordingAlreadyFinished,) * 4,
        RecordingHasNoAudio,
        *_KEPT,
    ),
    Status.DELETED: (RecordingAlreadyStarted, *(RecordingIsDeleted,) * 8, *(ALLOWED,) * 3),
}

TABLE: Final[dict[Status, dict[type[Command], Verdict]]] = {
    status: dict(zip(COMMANDS, row, strict=True)) for status, row in _ROWS.items()
}


def verdict(status: Status, command: type[Command]) -> str:
    """Return ALLOWED or NO_OP. Raises the Refusal that the table names."""
    found = TABLE[status][command]
    if isinstance(found, str):
        return found
    raise found
