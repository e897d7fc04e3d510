"""Tracks into one channel: what is loud is made quieter, never cut off; all else is the plain sum."""

import numpy as np
import pytest

from service.media.sound.mixer import mixed


def tone(hertz: float, height: int, seconds: float = 1.0) -> np.ndarray:
    return (height * np.sin(2 * np.pi * hertz * np.arange(int(8000 * seconds)) / 8000)).astype(np.int16)


@pytest.mark.parametrize("parties", [2, 10])
def test_loud_parties_together_are_quieter_and_not_cut_off(parties):
    said = [tone(200 + 37 * party, 24_000) for party in range(parties)]
    heard, plain = mixed(said), np.sum(said, axis=0, dtype=np.int32)
    assert np.abs(heard.astype(int)).max() <= 32767
    at_full = np.abs(heard.astype(int)) >= 32766
    assert not (at_full[1:] & at_full[:-1]).any()
    loud = np.abs(plain) > 1000
    gain = heard[loud] / plain[loud]
    assert gain.max() <= 1
    assert np.abs(np.diff(heard / np.where(plain == 0, 1, plain))[loud[1:] & loud[:-1]]).max() < 0.02


def test_what_fits_is_the_sum_to_the_sample():
    one, other = tone(300, 12_000), tone(440, 12_000)
    assert np.array_equal(mixed([one, other]), one + other)
    assert np.array_equal(mixed([one]), one)
    assert mixed([one[:0], other[:0]]).shape == (0,)


def test_the_lowest_value_there_is_stays_as_it_is():
    assert mixed([np.full(10, -32768, np.int16)]).tolist() == [-32768] * 10
