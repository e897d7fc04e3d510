"""How a track's samples are coded: in frames as they came, in the spool so that zero is silence."""

from enum import Enum
from typing import Final

import numpy as np

from service.media.sound.mixer import Samples

_INVERT: Final = bytes(byte ^ 0xFF for byte in range(256))


class Encoding(Enum):
    """The value ends the names of spool files."""

    ULAW = ".ulaw"
    """ITU-T G.711; in the spool with its bits inverted."""
    L16 = ".l16"
    """16-bit linear, little-endian; the same in the spool."""

    @property
    def width(self) -> int:
        """Return the bytes of a sample."""
        return 1 if self is Encoding.ULAW else 2

    def spooled(self, sound: bytes) -> bytes:
        return sound.translate(_INVERT) if self is Encoding.ULAW else sound

    def samples(self, spooled: bytes) -> Samples:
        """Return the samples; half of one, torn off at the end, is left out."""
        whole = spooled[: len(spooled) - len(spooled) % self.width]
        if self is Encoding.ULAW:
            return _LINEAR[np.frombuffer(whole, np.uint8)]
        return np.frombuffer(whole, "<i2").astype(np.int16)


def _linear() -> Samples:
    """Return the 16-bit value of each spooled byte (the inversion is part of G.711 μ-law)."""
    codes = np.arange(256)
    exponent, mantissa = codes >> 4 & 7, codes & 15
    magnitude = ((mantissa << 3) + 132 << exponent) - 132
    return np.where(codes & 0x80, -magnitude, magnitude).astype(np.int16)


_LINEAR: Final = _linear()
