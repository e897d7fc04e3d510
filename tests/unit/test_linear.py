"""Linear sound without timestamps: every sample is counted, whatever the rate and however it is cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.media.capturing.live import HELD_BACK
from service.media.ingest.linear import LinearSound

RATES = st.sampled_from([8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000]) | st.integers(8000, 48000)


def tone(samples: int, rate: int) -> np.ndarray:
    """Return two channels, 300 and 440 Hz."""
    time = np.arange(samples)[:, None] / rate
    return (8000 * np.sin(2 * np.pi * time * [300, 440])).astype("<i2")


@settings(max_examples=60, deadline=None)
@given(st.data(), RATES, st.integers(1, 2), st.integers(0, 20_000))
def test_as_many_samples_come_out_as_lasted_in_each_stretch_and_in_all(data, rate, channels, samples):
    sound, given_out, received = LinearSound(rate, channels), 0, 0
    coded = tone(samples, rate)[:, :channels].tobytes()
    while coded:
        step = data.draw(st.integers(1, 30_000))
        part, coded = coded[:step], coded[step:]
        received += len(part)
        given_out += len(sound.take(part))
        exact = received // (2 * channels) * 8000 / rate
        assert abs(sound.reached - exact) <= 0.5
        assert given_out == sound.given <= sound.reached < given_out + HELD_BACK
        if data.draw(st.integers(0, 3)) == 0:
            given_out += len(sound.tail())
            assert given_out == sound.reached
    given_out += len(sound.tail())
    assert given_out == round(samples * 8000 / rate)
    assert len(sound.tail()) == 0


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 44100, 48000])
def test_each_sample_is_at_its_own_time_also_after_a_stretch_was_ended(rate):
    sound, coded = LinearSound(rate, 2), tone(2 * rate, rate).tobytes()
    half = 4 * rate
    heard = [sound.take(coded[:half]), sound.tail(), sound.take(coded[half:]), sound.tail()]
    out, expected = np.concatenate(heard).astype(int), tone(16000, 8000).astype(int)
    assert out.shape == expected.shape
    inner = np.r_[100:7900, 8100:15900]
    assert np.abs(out[inner] - expected[inner]).max() <= 8


@pytest.mark.parametrize("rate", [8000, 24000])
def test_silence_stays_zero_and_loud_sound_stays_within_16_bits(rate):
    sound = LinearSound(rate, 1)
    assert not sound.take(bytes(2 * rate)).any()
    assert not sound.tail().any()
    square = np.where(np.arange(rate) // 40 % 2, 32767, -32768).astype("<i2")
    heard = np.concatenate([sound.take(square.tobytes()), sound.tail()])
    signs = heard[heard != 0] > 0
    assert abs(np.count_nonzero(np.diff(signs)) - rate // 40) <= 4
