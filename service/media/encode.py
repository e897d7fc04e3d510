"""Blocks of samples into the files that are served: WAV and MP3, never held whole in memory."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import soundfile

from service.media.mixer import Samples, in_channels
from service.media.mp3 import Mp3
from service.media.timeline import RATE

Format = tuple[int, str]
"""The channels of a file, and its extension."""


def file_name(channels: int, extension: str) -> str:
    return f"{channels}{extension}"


def formats(channels: int) -> list[Format]:
    """Return what a recording of so many channels is served as; two are also mixed into one."""
    return [(wanted, extension) for wanted in range(1, channels + 1) for extension in (".wav", ".mp3")]


class Writer(Protocol):
    def write(self, block: Samples) -> None: ...


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
                writer: Writer = opened.enter_context(Mp3(opened.enter_context(path.open("wb")), wanted))
            else:
                writer = opened.enter_context(soundfile.SoundFile(path, "w", RATE, wanted, "PCM_16"))
            writers.append((wanted, writer))
        for block in blocks:
            samples += len(block)
            passing(block)
            for wanted, writer in writers:
                writer.write(in_channels(block, wanted))
    return samples
