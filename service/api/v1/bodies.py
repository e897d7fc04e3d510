"""The switch API's JSON bodies. A key that is not known is refused: a switch's typo must not be lost."""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from service.api.urls import is_callback_url
from service.callbacks.target import destination_of
from service.domain.events import Callback
from service.domain.values import Source, Track, Trim

Method = Literal["GET", "POST"]
EventName = Literal["in-progress", "completed", "absent", "failed"]
Moment = Annotated[AwareDatetime, Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(9000, 1, 1, tzinfo=UTC))]
"""A time that stays one in every time zone, and in the digits that are hashed."""


def _url(text: str) -> str:
    if not is_callback_url(text):
        raise ValueError("must be an absolute http or https URL of printable characters, at most 4000")
    return text


def _text(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not hold the character NUL, which no database keeps")
    return text


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CallBody(_Body):
    status: Literal["queued", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"]
    occurred_at: Moment | None = None


class ConferenceBody(_Body):
    status: Literal["init", "in-progress", "completed"]
    call_sid: Annotated[str, Field(pattern="^CA[0-9a-fA-F]{32}$")] | None = None
    occurred_at: Moment | None = None


class RecordingBody(_Body):
    source: Source | None = None
    channels: Literal[1, 2] = 1
    track: Track = Track.BOTH
    trim: Trim = Trim.DO_NOT_TRIM
    recording_status_callback: Annotated[str, AfterValidator(_url)] | None = None
    recording_status_callback_method: Method = "POST"
    recording_status_callback_event: list[EventName] = ["completed"]
    occurred_at: Moment | None = None

    def callback(self) -> Callback | None:
        if self.recording_status_callback is None:
            return None
        return Callback(
            url=self.recording_status_callback,
            method=self.recording_status_callback_method,
            events=tuple(self.recording_status_callback_event),
            host=destination_of(self.recording_status_callback),
        )


class AbsentBody(_Body):
    error_code: Annotated[int, Field(ge=16101, le=16102)] = 16101


class LinkBody(_Body):
    """`expires_in`: seconds, a week at most. `channels`: by default what was asked for when it was created."""

    expires_in: Annotated[int, Field(strict=True, ge=1, le=604800)]
    format: Literal["mp3", "wav"] = "mp3"
    channels: Literal[1, 2] | None = None


class HoldBody(_Body):
    """`reference`: how another system names the case. Reasons and names are no reference: the log never forgets."""

    reference: Annotated[str, Field(pattern="^[A-Za-z0-9._/-]{1,64}$")] | None = None


class RetentionBody(_Body):
    delete_after_days: Annotated[int, Field(strict=True, ge=1, le=36500)]


class TranscriptionBody(_Body):
    transcription_text: Annotated[str, AfterValidator(_text)] | None = None
    status: Literal["completed", "failed", "in-progress"]
    type: Literal["fast"] = "fast"

    @model_validator(mode="after")
    def _says_what_was_said(self) -> Self:
        if self.status == "completed" and self.transcription_text is None:
            raise ValueError("transcription_text must be there when status is completed")
        return self
