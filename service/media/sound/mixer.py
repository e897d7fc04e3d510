"""Tracks into channels."""

import numpy as np

SIDES = ("inbound", "outbound")
"""The first channel is what the parent call's caller says, the second what is said to them."""
Samples = np.ndarray[tuple[int, ...], np.dtype[np.int16]]


def mixed(tracks: list[Samples]) -> Samples:
    """Return the sum of `tracks`, held within 16 bits."""
    total = np.sum(tracks, axis=0, dtype=np.int32)
    return np.clip(total, -32768, 32767).astype(np.int16)


def side_by_side(tracks: list[Samples]) -> Samples:
    """Return one row a sample, one column a track."""
    return np.stack(tracks, axis=1)


def in_channels(block: Samples, channels: int) -> Samples:
    """Return a block of one row a sample in as many channels as are wanted: 2 as they are, 1 mixed."""
    return mixed(list(block.T)) if channels < block.shape[1] else block
