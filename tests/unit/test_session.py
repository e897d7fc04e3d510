"""A stream's own time: what it may say of it."""

import pytest

from facts import AC, CA
from service.application.metadata import SYSTEM, Metadata
from service.media.ingest.media_streams import Start
from service.media.ingest.opening import StreamRefused
from service.media.ingest.session import LONGEST_LEAP_MS, Session

START = {
    "accountSid": AC,
    "callSid": CA,
    "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
}


def test_one_frame_makes_no_hours_of_silence_but_a_fast_sender_may_be_fast():
    now = [100.0]
    session = Session(Start(**START), None, Metadata(actor=SYSTEM, request_id="RQ"), lambda: now[0])
    for timestamp in (0, LONGEST_LEAP_MS, 2 * LONGEST_LEAP_MS):
        session.feed("inbound", timestamp, b"")
    with pytest.raises(StreamRefused, match="a minute ahead"):
        session.feed("inbound", 3 * LONGEST_LEAP_MS + 1, b"")
    now[0] += 1
    session.feed("inbound", 3 * LONGEST_LEAP_MS + 1, b"")
