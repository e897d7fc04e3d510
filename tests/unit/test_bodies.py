"""The switch API's JSON bodies: what is taken, and what is refused by its name."""

import pytest
from pydantic import ValidationError

from service.api.v1.bodies import CallBody, RecordingBody, TranscriptionBody
from service.domain.events import Callback


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (RecordingBody, {"source": "Fax"}),
        (RecordingBody, {"channels": 3}),
        (RecordingBody, {"chanels": 2}),
        (RecordingBody, {"recording_status_callback": "example.com"}),
        (RecordingBody, {"recording_status_callback": "https://example.com/\0"}),
        (RecordingBody, {"recording_status_callback_event": ["paused"]}),
        (RecordingBody, {"occurred_at": "2026-11-22T21:10:22"}),
        (CallBody, {"occurred_at": "0001-01-01T00:00:00+14:00", "status": "queued"}),
        (CallBody, {"occurred_at": "9999-12-31T23:59:59-14:00", "status": "queued"}),
        (CallBody, {"occurred_at": -1e11, "status": "queued"}),
        (TranscriptionBody, {"status": "done", "transcription_text": "x"}),
        (TranscriptionBody, {"transcription_text": "a\0b", "status": "completed"}),
        (TranscriptionBody, {"type": "slow", "status": "failed"}),
    ],
)
def test_what_is_wrong_is_named(body, wrong):
    with pytest.raises(ValidationError) as refused:
        body.model_validate(wrong)
    assert [error["loc"][0] for error in refused.value.errors()] == [next(iter(wrong))]


def test_a_surrogate_alone_is_no_json():
    with pytest.raises(ValidationError, match="Invalid JSON"):
        RecordingBody.model_validate_json(b'{"recording_status_callback": "https://example.com/\\ud800"}')


def test_a_completed_transcription_says_what_was_said():
    with pytest.raises(ValidationError, match="transcription_text"):
        TranscriptionBody.model_validate({"status": "completed"})
    assert TranscriptionBody.model_validate({"status": "failed"}).transcription_text is None


def test_a_callback_is_asked_for_by_its_url():
    assert RecordingBody().callback() is None
    asked = RecordingBody(recording_status_callback="http://x/", recording_status_callback_event=["in-progress"])
    assert asked.callback() == Callback(url="http://x/", method="POST", events=("in-progress",), host="x:80")
