"""Samples: mixing, trimming, prices."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.price import price
from service.media.sound import trim
from service.media.sound.mixer import mixed

TONE = (8000 * np.sin(np.arange(8000) * 2 * np.pi * 440 / 8000)).astype(np.int16)[:, None]
SILENCE = np.zeros((8000, 1), np.int16)


@given(st.lists(st.integers(-32768, 32767), min_size=2, max_size=2))
def test_a_mix_stays_within_16_bits(values):
    tracks = [np.array([value], np.int16) for value in values]
    fits = -32768 <= sum(values) <= 32767
    assert mixed(tracks).tolist() == [sum(values) if fits else max(-32767, min(32767, sum(values)))]


@pytest.mark.parametrize("noise", [0, 20])
def test_silence_is_trimmed_from_both_ends_whatever_the_line_hums(noise):
    hum = np.random.default_rng(1).integers(-noise, noise + 1, (40000, 1)).astype(np.int16)
    blocks = [part + hum[: len(part)] for part in (SILENCE, SILENCE, TONE, SILENCE)]
    begin, end = trim.sounding(blocks)
    assert (begin, end) == (16000 - trim.KEPT, 24000 + trim.KEPT)
    assert sum(len(block) for block in trim.cut(blocks, (begin, end))) == end - begin


def test_what_is_all_silence_has_nothing_to_keep_and_what_is_all_sound_is_kept():
    assert trim.sounding([SILENCE]) is None
    assert trim.sounding([]) == (0, 0)
    assert trim.sounding([TONE, TONE]) == (0, 16000)


@pytest.mark.parametrize(
    ("samples", "cost"), [(1, "-0.0025"), (480000, "-0.0025"), (480001, "-0.0050"), (4800000, "-0.0250")]
)
def test_each_started_minute_is_paid(samples, cost):
    assert str(price(samples, 8000, Decimal("0.0025"))) == cost
