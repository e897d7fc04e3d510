"""The spool, and finishing: the log decides what a file may hold, not the spool."""

from decimal import Decimal

import numpy as np
import pytest
import soundfile

from facts import AC, RE, started
from service.domain.events import PauseHeard, RecordingPaused, RecordingResumed, RecordingStopped
from service.domain.recording import Recording, fold
from service.domain.values import PauseBehavior, StopCause
from service.media.finishing.finish import Job, NothingRecorded, Rate, Rules, finish
from service.media.finishing.finished import finish_once, known
from service.media.spool import Piece, Spool
from service.media.storing.store import LocalStore
from speaker import heard, speech, ulaw

RATE = Rate(per_minute=Decimal("0.0025"), unit="USD")
RULES = Rules(shortest=0.1, silent_below=-60.0, keep_silent=True)


def job(data_dir, state, rules=RULES) -> Job:
    return Job(account_sid=AC, sid=RE, state=state, data_dir=data_dir, rate=RATE, rules=rules)


def paused(behavior: PauseBehavior) -> Recording:
    """Start at 0, pause from the second second to the third, stop at the fourth."""
    return fold(
        [
            started(),
            RecordingPaused(behavior=behavior, position=2000),
            RecordingResumed(position=3000),
            RecordingStopped(cause=StopCause.API, position=4000),
        ]
    )


@pytest.mark.parametrize("behavior", PauseBehavior)
def test_what_lies_in_a_pause_is_in_no_file_even_when_it_reached_the_spool(tmp_path, behavior):
    said, spool, store = speech("agent", 4, skip=6.5), Spool(tmp_path, AC, RE), LocalStore(tmp_path)
    spool.begin(0)
    spool.write([Piece(source="outbound", offset=0, sound=ulaw(said))])
    facts = finish(job(tmp_path, paused(behavior)))
    again = finish(job(tmp_path, paused(behavior)))
    expected = said.copy()
    expected[2 * 8000 : 3 * 8000] = 0
    if behavior is PauseBehavior.SKIP:
        expected = np.delete(said, slice(2 * 8000, 3 * 8000))
    stereo, rate = soundfile.read(store.path(AC, RE, "2.wav"), dtype="int16")
    assert (facts, rate, facts.samples) == (again, 8000, len(expected))
    assert (facts.duration, facts.channels, facts.price) == (len(expected) // 8000, 2, "-0.0025")
    assert np.array_equal(stereo, np.stack([np.zeros_like(expected), expected], axis=1))
    lasted = 0 if behavior is PauseBehavior.SKIP else 8000
    assert facts.pauses == (PauseHeard(behavior=behavior, begin=2 * 8000, end=2 * 8000 + lasted),)
    assert store.path(AC, RE, "2.wav").stat().st_size == facts.size
    assert sorted(path.name for path in store.path(AC, RE, "").iterdir()) == ["1.mp3", "1.wav", "2.mp3", "2.wav"]


def test_of_nothing_no_file_is_made(tmp_path):
    with pytest.raises(NothingRecorded) as nothing:
        finish(job(tmp_path, paused(PauseBehavior.SKIP)))
    assert nothing.value.error_code == 16101
    assert list((tmp_path / "media" / AC).iterdir()) == []


def test_silence_to_be_trimmed_leaves_nothing(tmp_path):
    spool = Spool(tmp_path, AC, RE)
    spool.begin(0)
    spool.write([Piece(source="inbound", offset=0, sound=ulaw(np.zeros(8000, np.int16)))])
    trimmed = fold([started(trim="trim-silence"), RecordingStopped(cause=StopCause.API, position=1000)])
    with pytest.raises(NothingRecorded) as nothing:
        finish(job(tmp_path, trimmed))
    assert nothing.value.error_code == 16102


def test_every_mu_law_code_is_read_back_as_libsndfile_reads_it(tmp_path):
    spool, codes = Spool(tmp_path, "AC", "RE"), bytes(range(256))
    spool.begin(0)
    spool.write([Piece(source="inbound", offset=100, sound=codes)])
    assert np.array_equal(spool.read("inbound", 100, 256), heard(codes))


def test_what_was_never_written_is_silence(tmp_path):
    spool = Spool(tmp_path, "AC", "RE")
    spool.begin(800)
    spool.write([Piece(source="inbound", offset=8000, sound=b"\x00" * 160)])
    assert (spool.origin, spool.samples(), spool.sources()) == (800, 8160, ["inbound"])
    assert not spool.read("inbound", 0, 8000).any()
    assert spool.read("inbound", 8000, 320).tolist() == [-32124] * 160 + [0] * 160


def silence(data_dir, samples: int) -> Recording:
    spool = Spool(data_dir, AC, RE)
    spool.begin(0)
    spool.write([Piece(source="inbound", offset=0, sound=ulaw(np.zeros(samples, np.int16)))])
    return fold([started(), RecordingStopped(cause=StopCause.API, position=samples // 8)])


def test_what_is_shorter_than_the_shortest_is_none(tmp_path):
    state = silence(tmp_path, 799 + 1)
    assert finish(job(tmp_path, state)).samples == 800
    with pytest.raises(NothingRecorded) as nothing:
        finish(job(tmp_path, state, Rules(shortest=0.101, silent_below=-60.0, keep_silent=True)))
    assert nothing.value.error_code == 16101


def test_silence_is_kept_unless_it_is_said_to_be_none(tmp_path):
    state = silence(tmp_path, 8000)
    assert finish(job(tmp_path, state)).peaks == ("00" * 50, "00" * 50)
    with pytest.raises(NothingRecorded) as nothing:
        finish(job(tmp_path, state, Rules(shortest=0.1, silent_below=-60.0, keep_silent=False)))
    assert nothing.value.error_code == 16102


def test_peaks_tell_how_loud_each_stretch_of_each_channel_was(tmp_path):
    said, spool = np.zeros(1800 * 8000, np.int16), Spool(tmp_path, AC, RE)
    said[8000 * 450] = 32124
    said[8000 * 899] = -32124
    spool.begin(0)
    spool.write([Piece(source="outbound", offset=0, sound=ulaw(said))])
    facts = finish(job(tmp_path, fold([started(), RecordingStopped(cause=StopCause.API, position=1_800_000)])))
    inbound, outbound = (bytes.fromhex(channel) for channel in facts.peaks)
    loud = [8000 * 450 // facts.peak_samples, 8000 * 899 // facts.peak_samples]
    assert not any(inbound)
    assert [at for at, peak in enumerate(outbound) if peak] == loud
    assert {outbound[at] for at in loud} == {250}
    assert (len(outbound) - 1) * facts.peak_samples < facts.samples <= len(outbound) * facts.peak_samples


def test_what_was_finished_is_encoded_again_only_when_more_was_heard(tmp_path):
    silence(tmp_path, 8000)
    state, store = fold([started(), RecordingStopped(cause=StopCause.API, position=2000)]), LocalStore(tmp_path)
    facts = finish_once(job(tmp_path, state))
    published = store.path(AC, RE, "2.wav").stat()
    assert finish_once(job(tmp_path, state)) == facts
    assert store.path(AC, RE, "2.wav").stat() == published
    Spool(tmp_path, AC, RE).write([Piece(source="inbound", offset=8000, sound=ulaw(speech("agent", 1)))])
    more = finish_once(job(tmp_path, state))
    assert more.sha256 != facts.sha256
    store.erase(AC, RE)
    assert finish_once(job(tmp_path, state)) == more
    assert store.path(AC, RE, "2.wav").exists()


@pytest.mark.parametrize("lost", ["finished.json", "1.mp3", "2.mp3", "1.wav"])
def test_what_is_not_whole_is_made_anew(tmp_path, lost):
    spool = Spool(tmp_path, AC, RE)
    spool.begin(0)
    spool.write([Piece(source="inbound", offset=0, sound=ulaw(speech("agent", 2)))])
    made = job(tmp_path, fold([started(), RecordingStopped(cause=StopCause.API, position=2000)]))
    facts = finish_once(made)
    assert known(made) == facts
    if lost == "finished.json":
        (spool.folder / lost).write_text("[]")
    else:
        LocalStore(tmp_path).path(AC, RE, lost).unlink()
    assert known(made) is None
    assert finish_once(made) == facts == known(made)
