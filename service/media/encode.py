"""Blocks of samples into the files that are served: WAV and MP3, never held whole in memory."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Protocol, Self

import lameenc
import soundfile

from service.media.mixer import Samples, in_channels
from service.media.timeline import RATE

MP3_KBPS = 32
"""Of the whole file, as 16 bit at 8 kHz are the WAV's (Twilio: Recording resource, Fetch a Recording's media file)."""
MP3_QUALITY = 5


Format = tuple[int, str]
"""The channels of a file, and its extension."""


def file_name(channels: int, extension: str) -> str:
    return f"{channels}{extension}"


def formats(channels: int) -> list[Format]:
    """Return what a recording of so many channels is served as; two are also mixed into one."""
    return [(wanted, extension) for wanted in range(1, channels + 1) for extension in (".wav", ".mp3")]


class Writer(Protocol):
    def write(self, block: Samples) -> None: ...


class _Mp3:
    def __init__(self, file: BinaryIO, channels: int) -> None:
        self._file = file
        self._is_begun = False
        self._encoder = lameenc.Encoder()
        self._encoder.silence()
        self._encoder.set_in_sample_rate(RATE)
        self._encoder.set_channels(channels)
        self._encoder.set_bit_rate(MP3_KBPS)
        self._encoder.set_quality(MP3_QUALITY)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_begun:
            self._file.write(self._encoder.flush())

    def write(self, block: Samples) -> None:
        self._is_begun = True
        self._file.write(self._encoder.encode(block.tobytes()))


def encode(
    blocks: Iterable[Samples],
    folder: Path,
    served: Iterable[Format],
    passing: Callable[[Samples], None] = lambda _: None,
) -> int:
    """Write the files in each format of `served`; return the samples a channel.

    `passing` is shown each block, which has one row a sample.
    """
    samples = 0
    with ExitStack() as opened:
        writers: list[tuple[int, Writer]] = []
        for wanted, extension in served:
            path = folder / file_name(wanted, extension)
            if extension == ".mp3":
                writer: Writer = opened.enter_context(_Mp3(opened.enter_context(path.open("wb")), wanted))
            else:
                writer = opened.enter_context(soundfile.SoundFile(path, "w", RATE, wanted, "PCM_16"))
            writers.append((wanted, writer))
        for block in blocks:
            samples += len(block)
            passing(block)
            for wanted, writer in writers:
                writer.write(in_channels(block, wanted))
    return samples
