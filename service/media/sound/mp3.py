"""MP3 whose length is known to the sample: the first frame, which decoders do not play, says what is to be cut off.

The frame is the one LAME writes (Mp3 Info Tag rev 1): frames, bytes, and the silence that coding put before and behind.
"""

from typing import BinaryIO, Final, Self

import lameenc

from service.media.sound.mixer import Samples
from service.media.timeline import RATE

KBPS = 32
"""Of the whole file, as 16 bit at 8 kHz are the WAV's (Twilio: Recording resource, Fetch a Recording's media file)."""
QUALITY = 5
FRAME: Final = 576
"""Samples a frame, at 8 kHz (MPEG-2.5)."""
FRAME_BYTES: Final = FRAME * KBPS * 1000 // 8 // RATE
_DELAY: Final = 576
"""Samples of silence that LAME puts before the sound."""
_SIDE_INFORMATION: Final = {1: 9, 2: 17}
_FRAMES_BYTES_SEEKS_QUALITY: Final = (0x0F).to_bytes(4)
_SEEKS: Final = bytes(256 * percent // 100 for percent in range(100))
_CONSTANT_BIT_RATE: Final = 1


class Mp3:
    """Blocks of one row a sample into an MP3 file. The file is whole once the context ends."""

    def __init__(self, file: BinaryIO, channels: int) -> None:
        self._file = file
        self._channels = channels
        self._samples = self._bytes = 0
        self._header = b""
        self._encoder = lameenc.Encoder()
        self._encoder.silence()
        self._encoder.set_in_sample_rate(RATE)
        self._encoder.set_channels(channels)
        self._encoder.set_bit_rate(KBPS)
        self._encoder.set_quality(QUALITY)

    def __enter__(self) -> Self:
        self._file.write(bytes(FRAME_BYTES))
        return self

    def __exit__(self, *_: object) -> None:
        if self._samples:
            self._put(self._encoder.flush())
            self._file.seek(0)
            self._file.write(_tag(self._header, self._channels, self._samples, self._bytes))

    def write(self, block: Samples) -> None:
        self._samples += len(block)
        self._put(self._encoder.encode(block.tobytes()))

    def _put(self, coded: bytes) -> None:
        self._header = self._header or coded[:4]
        self._bytes += len(coded)
        self._file.write(coded)


def _tag(header: bytes, channels: int, samples: int, size: int) -> bytes:
    frames = size // FRAME_BYTES
    padding = frames * FRAME - _DELAY - samples
    parts = (
        header,
        bytes(_SIDE_INFORMATION[channels]),
        b"Info",
        _FRAMES_BYTES_SEEKS_QUALITY,
        frames.to_bytes(4),
        (size + FRAME_BYTES).to_bytes(4),
        _SEEKS,
        (100 - 10 * QUALITY).to_bytes(4),
        b"LAME3.100",
        bytes([_CONSTANT_BIT_RATE]),
        bytes(10),  # low pass, peak, gains and flags: not known
        bytes([KBPS]),
        (_DELAY << 12 | padding).to_bytes(3),
        bytes(4),  # misc, gain, preset
        (size + FRAME_BYTES).to_bytes(4),
        bytes(2),  # no checksum of the music
    )
    tag = b"".join(parts)
    return (tag + _checksum(tag).to_bytes(2)).ljust(FRAME_BYTES, b"\0")


def _checksum(said: bytes) -> int:
    """Return the CRC-16 (polynomial 0x8005, bits reversed) of what the tag says."""
    left = 0
    for byte in said:
        left ^= byte
        for _ in range(8):
            left = left >> 1 ^ (0xA001 if left & 1 else 0)
    return left
