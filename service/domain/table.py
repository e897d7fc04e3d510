"""The state machine as one table of [state][command]: allowed, no change, or the refusal it meets."""

from typing import Final

from service.domain.commands import (
    Command,
    CompleteRecording,
    DamageRecording,
    DelayRecording,
    DeleteRecording,
    MarkRecordingAbsent,
    PauseRecording,
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
)

_ROWS: Final[dict[Status, tuple[Verdict, ...]]] = {
    #                    start, pause, resume, stop, damage, delay, complete, absent, delete
    Status.NOT_STARTED: (ALLOWED, *(RecordingNotFound,) * 8),
    Status.IN_PROGRESS: (
        RecordingAlreadyStarted,
        ALLOWED,
        NO_OP,
        *(ALLOWED,) * 2,
        *(RecordingNotStopped,) * 2,
        ALLOWED,
        RecordingNotCompleted,
    ),
    Status.PAUSED: (
        RecordingAlreadyStarted,
        NO_OP,
        *(ALLOWED,) * 3,
        *(RecordingNotStopped,) * 2,
        ALLOWED,
        RecordingNotCompleted,
    ),
    Status.STOPPED: (
        RecordingAlreadyStarted,
        *(RecordingNotActive,) * 3,
        *(ALLOWED,) * 4,
        RecordingNotCompleted,
    ),
    Status.COMPLETED: (
        RecordingAlreadyStarted,
        *(RecordingNotActive,) * 3,
        *(RecordingAlreadyFinished,) * 4,
        ALLOWED,
    ),
    Status.ABSENT: (
        RecordingAlreadyStarted,
        *(RecordingNotActive,) * 3,
        *(RecordingAlreadyFinished,) * 4,
        RecordingHasNoAudio,
    ),
    Status.DELETED: (RecordingAlreadyStarted, *(RecordingIsDeleted,) * 8),
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
