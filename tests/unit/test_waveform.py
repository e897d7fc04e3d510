"""The picture of a recording: the same each time, well formed, and with every pause where it is."""

from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from facts import COMPLETED
from service.domain.events import PauseHeard
from service.domain.values import PauseBehavior
from service.media.sound import trim
from service.media.sound.waveform import MARGIN, WIDTH, clock, peaks, svg

SVG = "{http://www.w3.org/2000/svg}"
SILENCE, SKIP = PauseBehavior.SILENCE, PauseBehavior.SKIP


def facts(*channels: bytes, seconds: float = 10, pauses=()):
    samples = int(seconds * 8000)
    heard = tuple(PauseHeard(behavior=b, begin=int(x * 8000), end=int(y * 8000)) for b, x, y in pauses)
    return replace(
        COMPLETED,
        samples=samples,
        channels=len(channels),
        peaks=tuple(channel.hex() for channel in channels),
        peak_samples=-(-samples // max(1, len(channels[0]))),
        pauses=heard,
    )


def drawn(of, name="RE1"):
    picture = svg(of, name)
    assert picture == svg(of, name)
    return ET.fromstring(picture)  # noqa: S314 - our own picture


def bars(picture, kind: str) -> int:
    return sum(path.get("d").count("M") for path in picture.iter(f"{SVG}path") if path.get("class") == kind)


def texts(picture) -> list[str]:
    return [text.text for text in picture.iter(f"{SVG}text")]


def test_two_channels_are_two_named_lanes_and_silence_has_no_bars():
    picture = drawn(facts(bytes([255] * 500), bytes(250) + bytes([10] * 250)))
    assert bars(picture, "a") == 240
    assert bars(picture, "b") == 120
    assert {"inbound", "outbound"} <= set(texts(picture))
    assert picture.get("role") == "img"
    assert picture.find(f"{SVG}desc").text == "0:10 long; two channels, inbound above outbound; no pauses."


def test_one_loud_peak_is_seen_however_long_the_recording():
    for peak in range(500):
        assert bars(drawn(facts(bytes(peak) + b"\x01" + bytes(499 - peak), seconds=3 * 3600)), "a") == 1


def test_a_pause_lies_where_it_is_in_the_file():
    picture = drawn(facts(bytes([9] * 500), pauses=[(SILENCE, 2.5, 5), (SKIP, 7.5, 7.5)]))
    (band, _) = [box for box in picture.iter(f"{SVG}rect") if box.get("class") != "page"]
    width = WIDTH - 2 * MARGIN
    assert (float(band.get("x")), float(band.get("width"))) == (MARGIN + width / 4, width / 4)
    (cut,) = [path for path in picture.iter(f"{SVG}path") if path.get("class") == "cut"]
    assert cut.get("d").startswith(f"M{MARGIN + width * 3 // 4} ")
    assert [text for text in texts(picture) if ":" not in text or " " in text] == ["paused for 0:02.5", "cut"]
    assert picture.find(f"{SVG}desc").text.endswith(
        "one channel; paused 0:02.5 to 0:05; paused and left out at 0:07.5."
    )


@pytest.mark.parametrize("seconds", [0.000125, 0.1, 0.2, 1, 59.9, 3600, 3 * 3600, 48 * 3600])
def test_any_length_has_an_axis_that_begins_at_nought_and_whose_labels_do_not_touch(seconds):
    picture = drawn(facts(b"\x05", b"\x00", seconds=seconds))
    places = [float(text.get("x")) for text in picture.iter(f"{SVG}text") if text.get("class") is None]
    assert "0:00" in texts(picture)
    assert all(later - earlier > 60 for earlier, later in pairwise(places))
    assert max(places) <= WIDTH - MARGIN


def test_what_a_name_holds_is_text():
    assert drawn(facts(b"\x05"), "<script>&").find(f"{SVG}title").text == "Waveform of <script>&"


def test_many_pauses_have_labels_that_do_not_lie_on_each_other():
    picture = drawn(facts(b"\x05", pauses=[(SKIP, at / 10, at / 10) for at in range(100)]))
    places = [float(text.get("x")) for text in picture.iter(f"{SVG}text") if text.get("class") == "mark"]
    assert 5 < len(places) < 12
    assert sum(path.get("class") == "cut" for path in picture.iter(f"{SVG}path")) == 100
    assert all(later - earlier > 80 for earlier, later in pairwise(places))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0:00"), (5, "0:05"), (0.05, "0:00.05"), (0.2, "0:00.2"), (750, "12:30"), (3600, "1:00:00")],
)
def test_times_are_written_as_players_do(seconds, said):
    assert clock(seconds) == said


def test_peaks_are_numbers():
    assert peaks(facts(b"\x00\xff", b"\x01\x02")) == [[0, 255], [1, 2]]


def test_what_is_trimmed_takes_the_pauses_along():
    pauses = facts(b"\x05", pauses=[(SKIP, 1, 1), (SILENCE, 1, 3), (SILENCE, 5, 9), (SKIP, 9.5, 9.5)]).pauses
    left = trim.moved(pauses, (2 * 8000, 8 * 8000))
    assert [(pause.begin / 8000, pause.end / 8000) for pause in left] == [(0, 1), (3, 6)]
