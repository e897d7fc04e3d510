"""Who searches every byte that was written for a sound: as it was sent, as it may be kept, and as it is heard."""

import base64
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import av
import numpy as np
import soundfile

from speaker import heard

WITNESS = Path(__file__).parent / "witness"
TONE_HZ = 1234.0
SECOND = 8000


def tone(seconds: float) -> np.ndarray:
    at = np.arange(round(seconds * SECOND)) / SECOND
    return (9000 * np.sin(2 * np.pi * TONE_HZ * at)).astype(np.int16)


def watched(folder: Path) -> dict[str, str]:
    """Return the environment in which all that a process writes is kept: its temporary files too are in `folder`."""
    kept, temporary = folder / "kept", folder / "temporary"
    for made in (kept, temporary):
        made.mkdir(mode=0o777)
        made.chmod(0o777)
    return {"PYTHONPATH": str(WITNESS), "WITNESS": str(kept), "TMPDIR": str(temporary)}


def forms(coded: bytes) -> list[bytes]:
    """Return the ways in which a stretch of μ-law could be written down; of two channels the other may be silent."""
    linear = heard(coded)
    silent = np.zeros_like(linear)
    stereo = [np.stack(pair, axis=1).tobytes() for pair in ((linear, silent), (silent, linear))]
    whole = coded[: len(coded) // 3 * 3]
    return [
        coded,
        bytes(byte ^ 0xFF for byte in coded),
        linear.tobytes(),
        linear.byteswap().tobytes(),
        linear.astype(np.float32).tobytes(),
        (linear / np.float32(32768)).astype(np.float32).tobytes(),
        *stereo,
        base64.b64encode(whole),
        coded.hex().encode(),
    ]


def places(folder: Path, stretches: list[bytes]) -> set[str]:
    """Return the files below `folder` in which one of `stretches` is written, or the tone is heard."""
    needles = [form for stretch in stretches for form in forms(stretch)]
    found = set()
    for path in _files(folder):
        content = path.read_bytes()
        if any(needle in content for needle in needles) or sounds(path, content):
            found.add(str(path.relative_to(folder)))
    return found


def _files(folder: Path) -> Iterator[Path]:
    for above, _, names in os.walk(folder):
        for name in names:
            path = Path(above) / name
            if path.is_file() and not path.is_symlink():
                yield path


def sounds(path: Path, content: bytes) -> bool:
    """Say whether a file is audio in which the tone is heard."""
    heard_in = [channel for samples in _decoded(path, content) for channel in samples.T]
    return any(_is_toned(channel) for channel in heard_in)


def _decoded(path: Path, content: bytes) -> Iterator[np.ndarray]:
    """Yield what a file sounds like, one column a channel; nothing when it is no WAV and no MP3."""
    if content[:4] == b"RIFF":
        with suppress(soundfile.LibsndfileError):
            yield soundfile.read(path, dtype="int16", always_2d=True)[0].astype(float)
    elif content[:3] == b"ID3" or (content[:1] == b"\xff" and len(content) > 1 and content[1] & 0xE0 == 0xE0):
        with suppress(av.FFmpegError), av.open(path, format="mp3") as file:
            frames = [frame.to_ndarray().astype(float) for frame in file.decode(audio=0)]
            if frames:
                yield np.concatenate(frames, axis=1).T


def _is_toned(samples: np.ndarray) -> bool:
    """Say whether any quarter of a second is mostly the tone."""
    length = SECOND // 4
    quarters = samples[: len(samples) // length * length].reshape(-1, length)
    power = np.square(np.abs(np.fft.rfft(quarters * np.hanning(length), axis=1)))
    at = round(TONE_HZ * length / SECOND)
    total = power.sum(axis=1)
    return bool(np.any((total > 0) & (power[:, at - 2 : at + 3].sum(axis=1) > total / 2)))
