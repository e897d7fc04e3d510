"""Blocks of samples into the files that are served: WAV and MP3, never held whole in memory."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
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
        writers: dict[int, list[Writer]] = {}
        for wanted, extension in served:
            path = folder / file_name(wanted, extension)
            writers.setdefault(wanted, []).append(opened.enter_context(_writer(path, wanted, opened)))
        threads = opened.enter_context(ThreadPoolExecutor(len(writers)))

        def write(wanted: int) -> None:
            shown = in_channels(block, wanted)
            for writer in writers[wanted]:
                writer.write(shown)

        for block in blocks:
            samples += len(block)
            passing(block)
            list(threads.map(write, writers))  # the encoder lets other threads run meanwhile
    return samples


def _writer(path: Path, channels: int, opened: ExitStack) -> Mp3 | soundfile.SoundFile:
    if path.suffix == ".mp3":
        return Mp3(opened.enter_context(path.open("wb")), channels)
    return soundfile.SoundFile(path, "w", RATE, channels, "PCM_16")
