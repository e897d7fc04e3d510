"""A whole recording that the switch made itself, as a WAV file."""

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
    return int(info.channels)


def blocks(path: Path) -> Iterator[Samples]:
    """Yield the file at 8 kHz, one row a sample, a block at a time."""
    with soundfile.SoundFile(path) as file:
        resampler = soxr.ResampleStream(file.samplerate, RATE, file.channels, dtype="int16")
        while len(block := file.read(file.samplerate * _BLOCK_SECONDS, dtype="int16", always_2d=True)):
            is_last = file.tell() == file.frames
            yield block if file.samplerate == RATE else resampler.resample_chunk(block, last=is_last)
