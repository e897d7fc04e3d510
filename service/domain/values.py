"""The words a recording is described in, spelled as Twilio's Recording resource spells them."""

from enum import StrEnum


class Source(StrEnum):
    """How a recording was started."""

    DIAL_VERB = "DialVerb"
    CONFERENCE = "Conference"
    OUTBOUND_API = "OutboundAPI"
    TRUNKING = "Trunking"
    RECORD_VERB = "RecordVerb"
    START_CALL_RECORDING_API = "StartCallRecordingAPI"
    START_CONFERENCE_RECORDING_API = "StartConferenceRecordingAPI"


SINGLE_CHANNEL_SOURCES = frozenset({Source.CONFERENCE, Source.START_CONFERENCE_RECORDING_API, Source.RECORD_VERB})
"""Recordings that exist in one channel only; every other is kept as two, whatever was asked for."""


class Track(StrEnum):
    """Which side of the call is recorded."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    BOTH = "both"


class Trim(StrEnum):
    TRIM_SILENCE = "trim-silence"
    DO_NOT_TRIM = "do-not-trim"


class PauseBehavior(StrEnum):
    """What a pause leaves in the file: nothing (`skip`), or silence of its own length."""

    SKIP = "skip"
    SILENCE = "silence"


class StopCause(StrEnum):
    API = "api"
    CALL_ENDED = "call-ended"
    MEDIA_LOST = "media-lost"
    UPLOAD = "upload"


class Status(StrEnum):
    """Where a recording is in its life; `STOPPED` is what a fetch calls processing."""

    NOT_STARTED = "not-started"
    IN_PROGRESS = "in-progress"
    PAUSED = "paused"
    STOPPED = "stopped"
    COMPLETED = "completed"
    ABSENT = "absent"
    DELETED = "deleted"

    @property
    def is_active(self) -> bool:
        return self in {Status.IN_PROGRESS, Status.PAUSED}


class DamageCause(StrEnum):
    """Why sound was lost: the disk took none, memory had no room left for it, or a crash left its spool unreadable."""

    DISK = "disk"
    MEMORY = "memory"
    SPOOL = "spool"


class DelayCause(StrEnum):
    """Why a recording is not finished yet: it is tried again."""

    WORKER = "worker"
    DISK = "disk"
    STORE = "store"


class HoldScope(StrEnum):
    """What a legal hold was placed on: the recording itself, or its account with all its recordings."""

    RECORDING = "recording"
    ACCOUNT = "account"


class HeldRequest(StrEnum):
    """What a legal hold refuses: to delete a recording, and to forget that there was one."""

    DELETE = "delete"
    PURGE = "purge"


TOO_SHORT = 16101
"""Twilio's code for a recording whose duration is shorter than the minimum required."""
SILENT = 16102
"""Twilio's code for a recording that was silent throughout."""
