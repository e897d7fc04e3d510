"""What the text frame of a fork may say, and what follows from it."""

import json
import uuid

import pytest

from facts import AC, CA
from service.media.ingest.audio_fork import read_opening
from service.media.ingest.opening import StreamRefused

SAID = {"accountSid": AC, "callSid": CA, "sampleRate": 8000, "mixType": "stereo"}


def read(*, is_recorded: bool = False, **more):
    return read_opening(json.dumps(SAID | more), is_recorded=is_recorded)


@pytest.mark.parametrize("form", [str, str.upper, lambda text: text.replace("-", "")])
def test_a_uuid_is_the_sid_of_its_digits(form):
    one, two = uuid.UUID(hex="ca" + "5" * 30), uuid.UUID(hex="ac" + "6" * 30)
    opening = read(callSid=form(str(one)), accountSid=form(str(two)))
    assert (opening.callSid, opening.accountSid) == (f"CA{one.hex}", f"AC{two.hex}")


def test_what_a_media_stream_says_in_parameters_stands_beside_and_all_else_is_ignored():
    opening = read(Record=True, Trim="trim-silence", streamSid=5, customParameters=7, **{"from": "+1", "trunk": None})
    assert opening.streamSid is None
    assert opening.customParameters == {"Record": "true", "RecordingChannels": "dual", "Trim": "trim-silence"}
    assert read(Record="FALSE").asks_for_recording is False
    assert read(Record=None).asks_for_recording is False


@pytest.mark.parametrize(("mix", "channels"), [("mono", "mono"), ("mixed", "mono"), ("stereo", "dual")])
def test_the_recorders_path_asks_for_a_recording_of_as_many_channels_as_come(mix, channels):
    opening = read(is_recorded=True, mixType=mix, Record="false")
    assert opening.asks_for_recording
    assert opening.customParameters["RecordingChannels"] == channels
    assert read(is_recorded=True, RecordingChannels="mono").customParameters["RecordingChannels"] == "mono"


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"callSid": "1"}, "^callSid"),
        ({"accountSid": None}, "^accountSid"),
        ({"accountSid": CA}, "^accountSid"),
        ({"sampleRate": 48001}, "^sampleRate"),
        ({"sampleRate": "fast"}, "^sampleRate"),
        ({"mixType": None}, "^mixType"),
        ({"Record": "yes"}, "^Record must be true or false; it was 'yes'"),
        ({"Record": ""}, "^Record must be true or false"),
        ({"Trim": {}}, "^Trim"),
    ],
)
@pytest.mark.parametrize("is_recorded", [False, True])
def test_what_is_wrong_is_named(wrong, word, is_recorded):
    with pytest.raises(StreamRefused, match=word):
        read(is_recorded=is_recorded, **wrong)


@pytest.mark.parametrize("text", ["", "{", "[]", "5", '"\\ud800"', "null"])
def test_what_is_no_object_is_refused(text):
    with pytest.raises(StreamRefused, match="message"):
        read_opening(text, is_recorded=True)
