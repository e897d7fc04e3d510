"""A recording in pieces that fit into memory, cut where nobody speaks."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

LONGEST_SECONDS = 300
SEARCHED_SECONDS = 60
"""The end of a piece lies in this much of its own end, where that is quietest."""
QUIET_SECONDS = 0.5
Sound = npt.NDArray[np.int16]


def channels(wav: Path) -> int:
    return int(soundfile.info(wav).channels)


def pieces(wav: Path, channel: int) -> Iterator[tuple[float, Sound, int]]:
    """Yield when each piece begins, its samples, and their rate."""
    with soundfile.SoundFile(wav) as file:
        rate, at, kept = file.samplerate, 0, np.zeros(0, np.int16)
        while True:
            read = file.read(LONGEST_SECONDS * rate - len(kept), dtype="int16", always_2d=True)[:, channel]
            sound = np.concatenate([kept, read])
            if not len(sound):
                return
            end = _quietest(sound, rate) if len(sound) == LONGEST_SECONDS * rate else len(sound)
            yield at / rate, sound[:end], rate
            at, kept = at + end, sound[end:].copy()


def _quietest(sound: Sound, rate: int) -> int:
    """Return the middle of the quietest stretch of the end of `sound`."""
    stretch = int(QUIET_SECONDS * rate)
    searched = sound[-SEARCHED_SECONDS * rate :].astype(np.float32).reshape(-1, stretch)
    quietest = int(np.argmin(np.square(searched).mean(axis=1)))
    return len(sound) - searched.size + quietest * stretch + stretch // 2
