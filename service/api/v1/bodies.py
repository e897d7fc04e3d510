"""The switch API's JSON bodies. A key that is not known is refused: a switch's typo must not be lost."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from service.domain.events import Callback
from service.domain.values import Source, Track, Trim

Method = Literal["GET", "POST"]
EventName = Literal["in-progress", "completed", "absent"]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CallBody(_Body):
    status: Literal["queued", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"]
    occurred_at: AwareDatetime | None = None


class ConferenceBody(_Body):
    status: Literal["init", "in-progress", "completed"]
    call_sid: Annotated[str, Field(pattern="^CA[0-9a-fA-F]{32}$")] | None = None
    occurred_at: AwareDatetime | None = None


class RecordingBody(_Body):
    source: Source | None = None
    channels: Literal[1, 2] = 1
    track: Track = Track.BOTH
    trim: Trim = Trim.DO_NOT_TRIM
    recording_status_callback: Annotated[str, Field(pattern="^https?://")] | None = None
    recording_status_callback_method: Method = "POST"
    recording_status_callback_event: list[EventName] = ["completed"]
    occurred_at: AwareDatetime | None = None

    def callback(self) -> Callback | None:
        if self.recording_status_callback is None:
            return None
        return Callback(
            url=self.recording_status_callback,
            method=self.recording_status_callback_method,
            events=tuple(self.recording_status_callback_event),
        )


class AbsentBody(_Body):
    error_code: Annotated[int, Field(ge=16101, le=16102)] = 16101


class TranscriptionBody(_Body):
    transcription_text: str | None = None
    status: Literal["completed", "failed", "in-progress"]
    type: Literal["fast"] = "fast"


def occurred(moment: datetime | None, now: datetime) -> datetime:
    return moment or now
