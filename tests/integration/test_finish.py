"""The spool, and finishing: the log decides what a file may hold, not the spool."""

from decimal import Decimal

import numpy as np
import pytest
import soundfile

from facts import AC, RE, started
from service.domain.events import RecordingPaused, RecordingResumed, RecordingStopped
from service.domain.recording import Recording, fold
from service.domain.values import PauseBehavior, StopCause
from service.media.encoding import Encoding
from service.media.finish import NothingRecorded, Rate, finish
from service.media.spool import Piece, Spool
from service.media.store import LocalStore
from speaker import heard, speech, ulaw

RATE = Rate(per_minute=Decimal("0.0025"), unit="USD")


def paused(behavior: PauseBehavior) -> Recording:
    """Start at 0, pause from the second second to the third, stop at the fourth."""
    return fold(
        [
            started(),
            RecordingPaused(behavior=behavior, position=2000),
            RecordingResumed(position=3000),
            RecordingStopped(cause=StopCause.API, position=4000),
        ]
    )


@pytest.mark.parametrize("behavior", PauseBehavior)
def test_what_lies_in_a_pause_is_in_no_file_even_when_it_reached_the_spool(tmp_path, behavior):
    said, spool, store = speech("agent", 4, skip=6.5), Spool(tmp_path, AC, RE), LocalStore(tmp_path)
    spool.begin(0)
    spool.write([Piece(source="outbound", offset=0, sound=ulaw(said))])
    facts = finish(AC, RE, paused(behavior), spool, store, RATE)
    again = finish(AC, RE, paused(behavior), spool, store, RATE)
    expected = said.copy()
    expected[2 * 8000 : 3 * 8000] = 0
    if behavior is PauseBehavior.SKIP:
        expected = np.delete(said, slice(2 * 8000, 3 * 8000))
    stereo, rate = soundfile.read(store.path(AC, RE, "2.wav"), dtype="int16")
    assert (facts, rate, facts.samples) == (again, 8000, len(expected))
    assert (facts.duration, facts.channels, facts.price) == (len(expected) // 8000, 2, "-0.0025")
    assert np.array_equal(stereo, np.stack([np.zeros_like(expected), expected], axis=1))
    assert store.path(AC, RE, "2.wav").stat().st_size == facts.size
    assert sorted(path.name for path in store.path(AC, RE, "").iterdir()) == ["1.mp3", "1.wav", "2.mp3", "2.wav"]


def test_of_nothing_no_file_is_made(tmp_path):
    spool, store = Spool(tmp_path, AC, RE), LocalStore(tmp_path)
    with pytest.raises(NothingRecorded) as nothing:
        finish(AC, RE, paused(PauseBehavior.SKIP), spool, store, RATE)
    assert nothing.value.error_code == 16101
    assert list((tmp_path / "media" / AC).iterdir()) == []


def test_silence_to_be_trimmed_leaves_nothing(tmp_path):
    spool, store = Spool(tmp_path, AC, RE), LocalStore(tmp_path)
    spool.begin(0)
    spool.write([Piece(source="inbound", offset=0, sound=ulaw(np.zeros(8000, np.int16)))])
    trimmed = fold([started(trim="trim-silence"), RecordingStopped(cause=StopCause.API, position=1000)])
    with pytest.raises(NothingRecorded) as nothing:
        finish(AC, RE, trimmed, spool, store, RATE)
    assert nothing.value.error_code == 16102


def test_every_mu_law_code_is_read_back_as_libsndfile_reads_it(tmp_path):
    spool, codes = Spool(tmp_path, "AC", "RE"), bytes(range(256))
    spool.begin(0)
    spool.write([Piece(source="inbound", offset=100, sound=codes)])
    assert np.array_equal(spool.read("inbound", 100, 256), heard(codes))


def test_what_was_never_written_is_silence(tmp_path):
    spool = Spool(tmp_path, "AC", "RE")
    spool.begin(800)
    spool.write([Piece(source="inbound", offset=8000, sound=b"\x00" * 160)])
    assert (spool.origin, spool.samples(), spool.sources()) == (800, 8160, ["inbound"])
    assert not spool.read("inbound", 0, 8000).any()
    assert spool.read("inbound", 8000, 320).tolist() == [-32124] * 160 + [0] * 160


def test_linear_sound_is_read_back_as_it_came_but_for_the_half_of_a_sample_that_was_torn_off(tmp_path):
    spool, said = Spool(tmp_path, "AC", "RE"), np.array([1, -2, 32767, -32768], "<i2")
    spool.begin(0)
    spool.write([Piece(source="inbound", offset=3, sound=said.tobytes(), encoding=Encoding.L16)])
    with (spool.folder / "inbound.l16").open("ab") as torn:
        torn.write(b"\x7f")
    assert (spool.samples(), spool.sources()) == (7, ["inbound"])
    assert spool.read("inbound", 2, 6).tolist() == [0, 1, -2, 32767, -32768, 0]


def test_a_track_that_came_in_one_encoding_and_then_the_other_is_one(tmp_path):
    spool, said = Spool(tmp_path, "AC", "RE"), speech("agent", 0.02)
    spool.begin(0)
    spool.write(
        [
            Piece(source="inbound", offset=0, sound=ulaw(said)),
            Piece(source="inbound", offset=160, sound=said.astype("<i2").tobytes(), encoding=Encoding.L16),
        ]
    )
    assert (spool.samples(), spool.sources()) == (320, ["inbound"])
    assert np.array_equal(spool.read("inbound", 0, 320), np.concatenate([said, said]))
