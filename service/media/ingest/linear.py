"""16-bit sound of any rate, brought to 8 kHz and counted."""

import numpy as np
import soxr

from service.media.sound.mixer import Samples
from service.media.timeline import RATE

_WIDTH = 2


class LinearSound:
    """Interleaved little-endian samples that come in parts of any length, and nothing that says when.

    A sample's time is the count of those before it. A resampler gives sound out up to 170 ms after it was given it;
    so `reached`, up to where sound was received, runs ahead of `given`, up to where it was handed on.
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._rate = rate
        self._channels = channels
        self._resampler = soxr.ResampleStream(rate, RATE, channels, dtype="float32")
        self._received = 0
        self._rest = b""
        self.given = 0

    @property
    def reached(self) -> int:
        return round(self._received * RATE / self._rate)

    def take(self, part: bytes) -> Samples:
        """Return what sound is ready now, one row a sample, one column a channel."""
        sound = self._rest + part
        whole = len(sound) - len(sound) % (_WIDTH * self._channels)
        self._rest = sound[whole:]
        rows = np.frombuffer(sound[:whole], "<i2").reshape(-1, self._channels).astype(np.int16)
        self._received += len(rows)
        # As floats: with 16-bit samples soxr dithers, and silence would not stay silent.
        ready = rows if self._rate == RATE else _whole(self._resampler.resample_chunk(rows.astype(np.float32)))
        self.given += len(ready)
        return ready

    def tail(self) -> Samples:
        """Return what is left of what was received; what comes after begins a new stretch at its own place."""
        missing = self.reached - self.given
        if missing <= 0:
            return np.empty((0, self._channels), np.int16)
        nothing = np.empty((0, self._channels), np.float32)
        left = _whole(self._resampler.resample_chunk(nothing, last=True))[:missing]
        self._resampler.clear()
        self.given = self.reached
        return np.pad(left, ((0, missing - len(left)), (0, 0)))


def _whole(samples: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]") -> Samples:
    return np.clip(np.rint(samples), -32768, 32767).astype(np.int16)
