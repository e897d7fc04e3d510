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


def file_name(channels: int, extension: str) -> str:
    return f"{channels}{extension}"


class Writer(Protocol):
    def write(self, block: Samples) -> None: ...


def encode(
    blocks: Iterable[Samples], folder: Path, channels: int, passing: Callable[[Samples], None] = lambda _: None
) -> int:
    """Write every file a recording of so many channels is served as; return its samples a channel.

    `passing` is shown each block, which has one row a sample. Two channels are also mixed into one, for those who ask
    for one.
    """
    samples = 0
    with ExitStack() as opened:
        threads = opened.enter_context(ThreadPoolExecutor(channels))
        writers = {wanted: _writers(folder, wanted, opened) for wanted in range(1, channels + 1)}

        def write(wanted: int) -> None:
            shown = in_channels(block, wanted)
            for writer in writers[wanted]:
                writer.write(shown)

        for block in blocks:
            samples += len(block)
            passing(block)
            list(threads.map(write, writers))  # the encoder lets other threads run meanwhile
    return samples


def _writers(folder: Path, channels: int, opened: ExitStack) -> list[Writer]:
    mp3 = opened.enter_context((folder / file_name(channels, ".mp3")).open("wb"))
    wav = soundfile.SoundFile(folder / file_name(channels, ".wav"), "w", RATE, channels, "PCM_16")
    return [opened.enter_context(wav), opened.enter_context(Mp3(mp3, channels))]
