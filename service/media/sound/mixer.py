"""Tracks into channels."""

import numpy as np

SIDES = ("inbound", "outbound")
"""The first channel is what the parent call's caller says, the second what is said to them."""
Samples = np.ndarray[tuple[int, ...], np.dtype[np.int16]]


Gains = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
LOWEST, HIGHEST = -32768, 32767
FRAME = 20 * 8
"""Samples of 20 ms: what is too loud is made quieter no faster than from one to the next."""


def mixed(tracks: list[Samples]) -> Samples:
    """Return the sum of `tracks`; where it would be more than 16 bits hold it is made quieter, never cut off."""
    total: np.ndarray[tuple[int, ...], np.dtype[np.int32]] = np.sum(tracks, axis=0, dtype=np.int32)
    fits = not len(total) or (total.max() <= HIGHEST and total.min() >= LOWEST)
    return (total if fits else np.rint(total * _gain(np.abs(total)))).astype(np.int16)


def _gain(height: "np.ndarray[tuple[int, ...], np.dtype[np.int32]]") -> Gains:
    """Return a gain for each sample, without steps, that holds every frame within full scale."""
    starts = np.arange(0, len(height), FRAME)
    held = np.minimum(1.0, HIGHEST / np.maximum(np.maximum.reduceat(height, starts), 1))
    # At each border the less of both sides: what lies between two borders is nowhere more than its frame may be.
    borders = np.minimum(np.append(held, held[-1]), np.insert(held, 0, held[0]))
    gain: Gains = np.interp(np.arange(len(height)), np.append(starts, len(height)), borders)
    return gain


def side_by_side(tracks: list[Samples]) -> Samples:
    """Return one row a sample, one column a track."""
    return np.stack(tracks, axis=1)


def in_channels(block: Samples, channels: int) -> Samples:
    """Return a block of one row a sample in as many channels as are wanted: 2 as they are, 1 mixed."""
    return mixed(list(block.T)) if channels < block.shape[1] else block
