r"""Every file of a matrix is taken by the reference decoders, and lasts as long as it should, to the sample.

The decoders are libsndfile, FFmpeg's libraries and the standard library's `wave`. ffprobe, where there is one, reads
the same files when they are kept:

  pytest tests/integration/test_matrix.py --basetemp=/tmp/matrix
  find /tmp/matrix \( -name '*.wav' -o -name '*.mp3' \) -print0 | xargs -0 -n1 ffprobe -v error -show_entries \
    format=format_name,duration:stream=codec_name,sample_rate,channels -of compact

Of an MP3 it says how long all frames are; what a decoder leaves out, by the tag in the first one, is its to know.
"""

import json
import os
import subprocess
import sys
import wave
from decimal import Decimal
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from facts import AC, RE
from long import SOUND
from matrix import KEPT, RATE, Case, cases, expected, spooled
from service.domain.events import RecordingCompleted
from service.media.finishing.finish import Job, NothingRecorded, Rate, Rules, finish
from service.media.storing.store import LocalStore
from speaker import FRAME

TESTS = Path(__file__).parents[1]
FORMATS = {".wav": "pcm_s16le", ".mp3": "mp3float"}


def finished(case: Case, folder: Path) -> RecordingCompleted:
    rules = Rules(shortest=0.1, silent_below=-60.0, keep_silent=True)
    rate = Rate(per_minute=Decimal("0.0025"), unit="USD")
    recording = spooled(case, folder)
    return finish(Job(account_sid=AC, sid=RE, state=recording, data_dir=folder, rate=rate, rules=rules))


def by_ffmpeg(path: Path) -> tuple[str, int, int, int]:
    """Return codec, rate, channels and samples as FFmpeg decodes them, which says so of the first error."""
    with av.open(path, options={"err_detect": "explode"}) as file:
        stream = file.streams.audio[0]
        samples = sum(frame.samples for frame in file.decode(stream))
        return stream.codec_context.name, stream.rate, stream.channels, samples


def by_wave(path: Path) -> tuple[int, int, int, int]:
    with wave.open(str(path)) as file:
        assert len(file.readframes(file.getnframes())) == file.getnframes() * file.getnchannels() * 2
        return file.getsampwidth(), file.getframerate(), file.getnchannels(), file.getnframes()


def check(folder: Path, facts: RecordingCompleted) -> dict[str, np.ndarray]:
    """Have every decoder read every file; return them as libsndfile hears them."""
    heard = {}
    for channels in range(1, facts.channels + 1):
        for extension, codec in FORMATS.items():
            path = LocalStore(folder).path(AC, RE, f"{channels}{extension}")
            samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
            assert (rate, samples.shape) == (RATE, (facts.samples, channels))
            assert by_ffmpeg(path) == (codec, RATE, channels, facts.samples)
            heard[path.name] = samples
        wav = LocalStore(folder).path(AC, RE, f"{channels}.wav")
        assert by_wave(wav) == (2, RATE, channels, facts.samples)
    return heard


@pytest.mark.parametrize("case", list(cases()), ids=str)
def test_every_decoder_reads_every_file_to_the_sample(tmp_path, case):
    facts = finished(case, tmp_path)
    heard = check(tmp_path, facts)
    whole = expected(case)
    assert facts.channels == case.channels
    assert abs(facts.samples - len(whole)) <= (0 if case.is_exact or case.trim == "do-not-trim" else 2 * FRAME)
    if case.is_exact:
        mixed = np.clip(whole.astype(int).sum(axis=1, keepdims=True), -32768, 32767)
        assert np.array_equal(heard[f"{case.channels}.wav"], whole)
        assert np.array_equal(heard["1.wav"], mixed)
    for name, samples in heard.items():
        likeness = np.corrcoef(samples.ravel(), heard[name.replace("mp3", "wav")].ravel())[0, 1]
        assert likeness > 0.98


def test_a_side_that_was_never_heard_is_no_recording(tmp_path):
    with pytest.raises(NothingRecorded):
        finished(Case(sources=("inbound",), track="outbound", seconds=1.0), tmp_path)


def finished_alone(folder: Path, seconds: int) -> dict[str, int]:
    """Finish a conference of so many seconds in a process of its own."""
    command = [sys.executable, TESTS / "long.py", folder, str(seconds), "1"]
    environment = os.environ | {"PYTHONPATH": f"{TESTS.parent}:{TESTS}"}
    return json.loads(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)


def test_three_hours_are_right_to_the_sample_and_never_held_in_memory(tmp_path):
    short, long = finished_alone(tmp_path / "short", 60), finished_alone(tmp_path / "long", 3 * 3600)
    assert long["samples"] == (3 * 3600 - 2) * RATE + 2 * KEPT
    assert (long["most_kb"] - short["most_kb"]) * 1024 < long["size"] / 3
    store = LocalStore(tmp_path / "long")
    for extension, codec in FORMATS.items():
        path = store.path(AC, RE, f"1{extension}")
        with soundfile.SoundFile(path) as file:
            assert (file.frames, file.samplerate) == (long["samples"], RATE)
            file.seek(file.frames - KEPT - RATE)
            last = file.read(dtype="int16")
        assert by_ffmpeg(path) == (codec, RATE, 1, long["samples"])
        assert np.corrcoef(last[:RATE], SOUND)[0, 1] > 0.98
    with wave.open(str(store.path(AC, RE, "1.wav"))) as file:
        assert file.getnframes() == long["samples"]
