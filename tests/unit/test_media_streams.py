"""What a stream may say, and the words in which it is refused."""

import json

import pytest

from facts import AC, CA
from service.media.ingest.media_streams import read_media, read_message, read_start
from service.media.ingest.opening import StreamRefused

FORMAT = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
START = {"accountSid": AC, "callSid": CA, "mediaFormat": FORMAT}
MEDIA = {"track": "inbound", "timestamp": "20", "payload": "/////w=="}


def test_a_frame_is_track_time_and_samples():
    assert read_media({"media": MEDIA}) == ("inbound", 20, b"\xff\xff\xff\xff")


def test_a_start_names_its_stream_inside_or_beside():
    assert read_start({"start": START, "streamSid": "MZ1"}).streamSid == "MZ1"
    assert read_start({"start": START | {"streamSid": "MZ2"}, "streamSid": "MZ1"}).streamSid == "MZ2"
    assert read_start({"start": START}).streamSid is None
    with pytest.raises(StreamRefused, match="streamSid"):
        read_start({"start": START, "streamSid": "MZ\0"})


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"accountSid": "AC1"}, "accountSid"),
        ({"callSid": None}, "callSid"),
        ({"mediaFormat": FORMAT | {"encoding": "audio/l16"}}, "mediaFormat.encoding"),
        ({"mediaFormat": FORMAT | {"sampleRate": 16000}}, "mediaFormat.sampleRate"),
        ({"tracks": ["both"]}, "tracks"),
        ({"customParameters": {"Record": {}}}, "customParameters"),
    ],
)
def test_a_wrong_start_is_named(wrong, word):
    with pytest.raises(StreamRefused, match=word):
        read_start({"start": START | wrong})


@pytest.mark.parametrize(
    "wrong",
    [
        {"track": "both"},
        {"track": []},
        {"timestamp": None},
        {"timestamp": "soon"},
        {"timestamp": "-1"},
        {"timestamp": str(10**15)},
        {"payload": "!"},
        {"payload": None},
        {"payload": 5},
    ],
)
def test_a_wrong_frame_is_refused(wrong):
    with pytest.raises(StreamRefused, match="media"):
        read_media({"media": MEDIA | wrong})


@pytest.mark.parametrize("text", ["", "[]", "{", json.dumps({"event": 5}), "\ud800"])
def test_what_is_no_message_is_refused(text):
    with pytest.raises(StreamRefused):
        read_message(text)


@pytest.mark.parametrize("message", [{}, {"media": None}, {"media": []}, {"start": "now"}])
def test_what_has_no_content_is_refused(message):
    with pytest.raises(StreamRefused):
        read_media(message)
    with pytest.raises(StreamRefused):
        read_start(message)


@pytest.mark.parametrize(("said", "wanted"), [({}, False), ({"Record": "True"}, True), ({"Record": "false"}, False)])
def test_record_is_true_or_false(said, wanted):
    assert read_start({"start": START | {"customParameters": said}}).asks_for_recording is wanted


@pytest.mark.parametrize("said", ["yes", "", "1", "ja" * 400])
def test_record_that_is_neither_is_refused(said):
    with pytest.raises(StreamRefused, match=f"Record must be true or false; it was '{said[:40]}'$"):
        _ = read_start({"start": START | {"customParameters": {"Record": said}}}).asks_for_recording
