"""A whole recording that the switch made itself, as a WAV file."""

import os
from collections.abc import Iterator
from pathlib import Path

import soundfile
import soxr

from service.media.sound.mixer import Samples
from service.media.timeline import RATE

LARGEST_BYTES = 2 * 1024**3
SUBTYPES = {"PCM_16", "ULAW", "ALAW"}
RATES = (8000, 48000)
MOST_CHANNELS = 2
UNKNOWN_SIZE = 0xFFFFFFFF
_BLOCK_SECONDS = 10


class NotAWav(Exception):  # noqa: N818 - an answer to the switch, in one sentence
    """The upload is not a recording that can be kept; says why."""


def check(path: Path) -> int:
    """Return the file's channels. Raises NotAWav."""
    try:
        info = soundfile.info(path)
    except (soundfile.LibsndfileError, RuntimeError):
        raise NotAWav("the body must be a WAV file") from None
    if info.format not in {"WAV", "WAVEX"} or info.subtype not in SUBTYPES:
        raise NotAWav(f"the body must be WAV of 16-bit PCM, μ-law or A-law; it was {info.format} {info.subtype}")
    if info.channels > MOST_CHANNELS or not RATES[0] <= info.samplerate <= RATES[1]:
        raise NotAWav(
            f"the body must have 1 or 2 channels at 8 to 48 kHz; it had {info.channels} at {info.samplerate} Hz"
        )
    said, came = _sound_bytes(path)
    if said > came:
        raise NotAWav(f"the body was cut off: the WAV's header says {said:,} bytes of sound, and {came:,} came")
    return int(info.channels)


def _sound_bytes(path: Path) -> tuple[int, int]:
    """Return the size of the sound as the header says, and as it came; who streams a WAV says that he does not know."""
    with path.open("rb") as file:
        file.seek(12)
        while len(chunk := file.read(8)) == len(b"data....") and chunk[:4] != b"data":
            file.seek(int.from_bytes(chunk[4:], "little") + 1 & ~1, os.SEEK_CUR)
        came = path.stat().st_size - file.tell()
    said = int.from_bytes(chunk[4:], "little")
    return (0 if said == UNKNOWN_SIZE else said), came


def blocks(path: Path) -> Iterator[Samples]:
    """Yield the file at 8 kHz, one row a sample, a block at a time."""
    with soundfile.SoundFile(path) as file:
        resampler = soxr.ResampleStream(file.samplerate, RATE, file.channels, dtype="int16")
        while len(block := file.read(file.samplerate * _BLOCK_SECONDS, dtype="int16", always_2d=True)):
            is_last = file.tell() == file.frames
            yield block if file.samplerate == RATE else resampler.resample_chunk(block, last=is_last)
