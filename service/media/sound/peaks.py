"""A recording's waveform: how loud each channel was, stretch by stretch."""

import numpy as np

from service.media.sound.mixer import Samples
from service.media.timeline import RATE

FINEST = RATE // 50
"""Samples of the shortest stretch: 20 ms."""
MOST = 500
"""Stretches that a picture has use for, and an event room for."""

Loudest = np.ndarray[tuple[int, ...], np.dtype[np.uint16]]


class Peaks:
    """Takes a recording's blocks as they pass, and remembers two bytes a channel for each 20 ms of them."""

    def __init__(self, channels: int) -> None:
        self._loudest: list[Loudest] = [np.zeros((0, channels), np.uint16)]
        self._rest = np.zeros((0, channels), np.int16)

    def take(self, block: Samples) -> None:
        block = np.concatenate([self._rest, block])
        whole = len(block) - len(block) % FINEST
        self._rest = block[whole:]
        if whole:
            self._loudest.append(_loudest(block[:whole], FINEST))

    def facts(self) -> tuple[tuple[str, ...], int]:
        """Return each channel's peaks, one byte each (255: full scale) in hexadecimal, and a peak's samples."""
        loudest = np.concatenate([*self._loudest, *([_loudest(self._rest, FINEST)] if len(self._rest) else [])])
        together = max(1, -(-len(loudest) // MOST))
        # Rounded up: what is not silent is not shown as silence.
        peaks = ((_loudest(loudest, together).astype(np.uint32) * 255 + 32767) // 32768).astype(np.uint8)
        return tuple(channel.tobytes().hex() for channel in peaks.T), FINEST * together


def _loudest(rows: Samples | Loudest, together: int) -> Loudest:
    starts = np.arange(0, len(rows), together)
    loudest: Loudest = np.maximum.reduceat(np.abs(rows.astype(np.int32)), starts).astype(np.uint16)
    return loudest
