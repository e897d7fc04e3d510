"""Long recordings are heard in pieces: none is long, nothing is lost between them, and no word is cut."""

import numpy as np
import pytest
import soundfile

from service.transcription.pieces import LONGEST_SECONDS, channels, pieces

RATE = 8000


@pytest.fixture
def wav(tmp_path):
    """Return eleven minutes of noise that falls silent for a second at 4:33 and 9:10; the other channel is a tone."""
    noise = np.random.default_rng(1).integers(-3000, 3000, 660 * RATE).astype(np.int16)
    for second in (273, 550):
        noise[second * RATE : (second + 1) * RATE] = 0
    path = tmp_path / "2.wav"
    soundfile.write(path, np.stack([np.full_like(noise, 100), noise], axis=1), RATE)
    return path, noise


def test_pieces_are_cut_in_silence_and_together_are_the_whole(wav):
    path, noise = wav
    found = list(pieces(path, 1))
    assert [rate for *_, rate in found] == [RATE] * 3
    assert np.array_equal(np.concatenate([sound for _, sound, _ in found]), noise)
    assert max(len(sound) for _, sound, _ in found) <= LONGEST_SECONDS * RATE
    begins = [begin for begin, *_ in found]
    assert begins[0] == 0
    assert 273 < begins[1] < 274
    assert 550 < begins[2] < 551


def test_each_channel_is_read_on_its_own(wav):
    path, _ = wav
    assert channels(path) == 2
    assert all((sound == 100).all() for _, sound, _ in pieces(path, 0))


def test_sound_that_never_falls_silent_is_cut_all_the_same(tmp_path):
    path, tone = tmp_path / "1.wav", np.full(310 * RATE, 1000, np.int16)
    soundfile.write(path, tone, RATE)
    found = [sound for _, sound, _ in pieces(path, 0)]
    assert len(found) == 2
    assert np.array_equal(np.concatenate(found), tone)
