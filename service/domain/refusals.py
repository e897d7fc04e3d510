"""Every reason a command is refused. The docstring is the message a caller reads."""


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """The request was refused."""

    def __str__(self) -> str:
        return type(self).__doc__ or ""


class RecordingNotFound(Refusal):
    """There is no such recording."""


class RecordingAlreadyStarted(Refusal):
    """A recording with this SID was already started."""


class RecordingNotActive(Refusal):
    """The recording has ended; it can no longer be paused, resumed or stopped."""


class RecordingNotStopped(Refusal):
    """The recording is still being made; it is finished only after it was stopped."""


class RecordingAlreadyFinished(Refusal):
    """The recording is finished; its audio can no longer change."""


class RecordingNotCompleted(Refusal):
    """Only a completed recording can be deleted."""


class RecordingNotDeleted(Refusal):
    """Only what is left of a deleted recording is purged."""


class RecordingHasNoAudio(Refusal):
    """The recording is absent: it has no audio that could be deleted."""


class RecordingIsDeleted(Refusal):
    """The recording was deleted."""


class ConferenceRecordingNotStoppable(Refusal):
    """A conference recording cannot be stopped on request; it ends with its conference."""
