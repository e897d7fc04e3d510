"""Spools that a crash or a disk left damaged: finished with what can be read, and what is wrong is said."""

import os
from decimal import Decimal

import numpy as np
import pytest
import soundfile

from facts import AC, RE, started
from service.domain.events import RecordingStopped
from service.domain.recording import Recording, fold
from service.domain.values import StopCause
from service.media.finishing.finish import Job, NothingRecorded, Rate, Rules, finish
from service.media.salvage import TORN, UNREADABLE, examine
from service.media.spool import Piece, Spool
from service.media.storing.store import LocalStore
from speaker import speech, ulaw

SECONDS = 3
STOPPED = fold([started(), RecordingStopped(cause=StopCause.API, position=SECONDS * 1000)])
SIDES = {"inbound": speech("agent", SECONDS), "outbound": speech("caller", SECONDS, skip=8)}


def job(data_dir, state: Recording) -> Job:
    rate, rules = Rate(per_minute=Decimal(0), unit="USD"), Rules(shortest=0.1, silent_below=-60.0, keep_silent=True)
    return Job(account_sid=AC, sid=RE, state=state, data_dir=data_dir, rate=rate, rules=rules)


@pytest.fixture
def spool(tmp_path) -> Spool:
    made = Spool(tmp_path, AC, RE)
    made.begin(0)
    made.write([Piece(source=side, offset=0, sound=ulaw(samples)) for side, samples in SIDES.items()])
    made.sync()
    return made


def finished(tmp_path, state: Recording = STOPPED) -> np.ndarray:
    finish(job(tmp_path, state))
    samples, _ = soundfile.read(LocalStore(tmp_path).path(AC, RE, "2.wav"), dtype="int16")
    return samples


def whole(*silent: str) -> np.ndarray:
    return np.stack([np.zeros_like(sound) if side in silent else sound for side, sound in SIDES.items()], axis=1)


def test_a_sound_spool_is_not_damaged(spool, tmp_path):
    assert examine(spool, STOPPED).damage == ()
    assert np.array_equal(finished(tmp_path), whole())


@pytest.mark.parametrize("left", [None, "", "\x00\x00", "80x", b"\xff\xfe"])
def test_without_its_origin_sound_lies_where_the_recording_started(spool, tmp_path, left):
    (spool.folder / "origin").unlink()
    if left is not None:
        (spool.folder / "origin").write_bytes(left if isinstance(left, bytes) else left.encode())
    assert examine(spool, STOPPED).damage == (TORN,)
    assert np.array_equal(finished(tmp_path), whole())


def test_an_origin_that_a_crash_left_unnamed_is_as_good(spool, tmp_path):
    (spool.folder / "origin").rename(spool.folder / "origin.new")
    assert examine(spool, STOPPED).damage == ()
    assert np.array_equal(finished(tmp_path), whole())


def test_an_origin_without_sound_is_no_sound(spool):
    for side in SIDES:
        (spool.folder / f"{side}.ulaw").unlink()
    (spool.folder / "origin").rename(spool.folder / "origin.new")
    assert not spool.has_sound
    assert examine(spool, STOPPED).origin is None


def test_foreign_files_are_left_alone(spool, tmp_path):
    (spool.folder / ".nfs0001.ulaw").write_bytes(b"x" * 100)
    (spool.folder / "notes.txt").write_text("not ours")
    os.mkfifo(spool.folder / "pipe")
    spool.sync()
    assert spool.sources() == ["inbound", "outbound"]
    assert (examine(spool, STOPPED).damage, np.array_equal(finished(tmp_path), whole())) == ((), True)


def test_an_empty_track_is_silent(spool, tmp_path):
    os.truncate(spool.folder / "outbound.ulaw", 0)
    assert examine(spool, STOPPED).damage == ("a track was empty",)
    assert np.array_equal(finished(tmp_path), whole("outbound"))


@pytest.mark.parametrize("instead", [os.mkdir, os.mkfifo])
def test_a_track_that_cannot_be_read_is_silent(spool, tmp_path, instead):
    (spool.folder / "inbound.ulaw").unlink()
    instead(spool.folder / "inbound.ulaw")
    left = examine(spool, STOPPED)
    assert (left.damage, left.is_readable) == ((UNREADABLE,), False)
    assert np.array_equal(finished(tmp_path), whole("inbound"))


def test_a_torn_tail_is_silence(spool, tmp_path):
    os.truncate(spool.folder / "inbound.ulaw", 2 * 8000)
    expected = whole()
    expected[2 * 8000 :, 0] = 0
    assert np.array_equal(finished(tmp_path), expected)


@pytest.mark.parametrize("is_end_known", [True, False])
def test_a_track_that_is_longer_than_the_recording_can_be_does_not_lengthen_it(spool, tmp_path, is_end_known):
    os.truncate(spool.folder / "inbound.ulaw", 1 << 40)
    position = SECONDS * 1000 if is_end_known else None
    state = fold([started(), RecordingStopped(cause=StopCause.CALL_ENDED, position=position)])
    # A terabyte of hole is not read to its end.
    assert examine(spool, state).damage == ("a track was longer than the recording",)
    assert np.array_equal(finished(tmp_path, state), whole())


def test_a_spool_of_which_nothing_is_left_is_no_recording(spool, tmp_path):
    for side in SIDES:
        os.truncate(spool.folder / f"{side}.ulaw", 0)
    state = fold([started(), RecordingStopped(cause=StopCause.MEDIA_LOST, position=None)])
    with pytest.raises(NothingRecorded):
        finish(job(tmp_path, state))
