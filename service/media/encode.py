"""Blocks of samples into the files that are served: WAV and MP3, never held whole in memory."""

from collections.abc import Callable, Iterable
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
        writers: list[tuple[int, Writer]] = []
        for wanted in range(1, channels + 1):
            wav = folder / file_name(wanted, ".wav")
            mp3 = opened.enter_context((folder / file_name(wanted, ".mp3")).open("wb"))
            writers.append((wanted, opened.enter_context(soundfile.SoundFile(wav, "w", RATE, wanted, "PCM_16"))))
            writers.append((wanted, opened.enter_context(Mp3(mp3, wanted))))
        for block in blocks:
            samples += len(block)
            passing(block)
            for wanted, writer in writers:
                writer.write(in_channels(block, wanted))
    return samples
