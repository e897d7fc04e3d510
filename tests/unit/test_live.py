"""Live audio in memory: what is held back, in what order it is given out, where a stream that comes back goes on."""

from dataclasses import replace
from pathlib import Path

from facts import AC, CA, RE, started
from service.domain.events import RecordingPaused, RecordingStopped
from service.domain.recording import Recording, evolve
from service.domain.values import PauseBehavior, StopCause
from service.media.capturing.capture import Frame
from service.media.capturing.live import LiveAudio, LiveConversation
from service.media.encoding import Encoding
from service.media.spool import Spool

FRAME = bytes(160)
LATER = 10.0


def live_audio(tmp_path: Path) -> tuple[LiveAudio, Recording]:
    live, state = LiveAudio(lambda account, sid: Spool(tmp_path, account, sid)), evolve(Recording(), started())
    live.follow(AC, RE, state)
    live.conversation((AC, CA)).attached.append("MZ1")
    return live, state


def feed(live: LiveAudio, *begins: int, at: float = 0.0) -> None:
    for begin in begins:
        live.conversation((AC, CA)).feed(Frame(begin * 8, "inbound", FRAME), at)


def offsets(live: LiveAudio, now: float = 0.0) -> list[int]:
    """Return where the frames begin that are given out now, which may be several a piece, in ms."""
    pieces = [piece for _, found in live.writings(now) for piece in found]
    return [at // 8 for piece in pieces for at in range(piece.offset, piece.offset + len(piece.sound), len(FRAME))]


def test_frames_wait_for_those_that_come_late_and_leave_in_the_order_of_their_time(tmp_path):
    live, _ = live_audio(tmp_path)
    feed(live, 0, 40, 20, 60)
    assert offsets(live) == []
    feed(live, 240)
    assert offsets(live) == [0, 20, 40]
    assert offsets(live, LATER) == [60, 240]


def test_while_a_pause_is_being_decided_nothing_later_is_given_out(tmp_path):
    live, state = live_audio(tmp_path)
    feed(live, 0, 20)
    with live.hold(AC, CA) as position:
        feed(live, 40, 60, 800)
        assert (position, offsets(live, LATER)) == (40, [0, 20])
        paused = evolve(state, RecordingPaused(behavior=PauseBehavior.SKIP, position=position))
        live.follow(AC, RE, paused)
    assert offsets(live, LATER) == []


def test_a_stop_gives_out_what_came_before_it_and_lets_the_recording_go(tmp_path):
    live, state = live_audio(tmp_path)
    feed(live, 0, 20, 40)
    live.follow(AC, RE, evolve(state, RecordingStopped(cause=StopCause.API, position=40)))
    assert list(live.conversation((AC, CA)).over(0.0)) == []
    feed(live, 240)
    assert list(live.conversation((AC, CA)).over(0.0)) == [RE]
    assert offsets(live) == [0, 20]


def test_a_recording_that_starts_before_the_first_frame_keeps_it_however_long_the_start_takes(tmp_path):
    live = LiveAudio(lambda account, sid: Spool(tmp_path, account, sid))
    with live.hold(AC, CA) as position:
        live.forget()
        feed(live, 0, 20, 40)
        assert (position, offsets(live, LATER)) == (None, [])
        first = replace(started(), position=None)
        live.follow(AC, RE, evolve(Recording(), first))
    assert offsets(live, LATER) == [0, 20, 40]


def test_a_recording_that_ended_while_it_was_read_is_not_captured_again(tmp_path):
    live, state = live_audio(tmp_path)
    live.follow(AC, RE, evolve(state, RecordingStopped(cause=StopCause.API, position=0)))
    live.conversation((AC, CA)).captures.clear()
    live.follow(AC, RE, state)
    assert not live.is_capturing(AC, started(), RE)


def test_a_stream_goes_on_by_its_timestamps_and_a_new_one_after_the_time_that_went_by():
    live = LiveConversation()
    assert live.attach("MZ1", 100.0) == 0
    live.feed(Frame(8000, "inbound", FRAME), 101.0)
    assert live.attach("MZ1", 103.0) == 0
    assert live.attach("MZ2", 103.0) == 8160 + 2 * 8000


def test_a_tail_is_asked_for_when_a_recording_is_over_and_nothing_more_comes(tmp_path):
    live, state = live_audio(tmp_path)
    conversation = live.conversation((AC, CA))
    conversation.tails["MZ1"] = lambda: feed(live, 20, at=LATER)
    feed(live, 0)
    conversation.reach(40 * 8, 0.0)
    assert offsets(live, LATER) == [0]
    live.follow(AC, RE, evolve(state, RecordingStopped(cause=StopCause.API, position=40)))
    assert offsets(live) == []
    assert list(conversation.over(LATER)) == [RE]
    assert offsets(live, LATER) == [20]
    assert (conversation.position, conversation.heard_at) == (320, 0.0)


def test_linear_frames_are_cut_in_samples(tmp_path):
    live, state = live_audio(tmp_path)
    sound = bytes(range(256)) * 5
    live.conversation((AC, CA)).feed(Frame(0, "inbound", sound, Encoding.L16), 0.0)
    live.follow(AC, RE, evolve(state, RecordingPaused(behavior=PauseBehavior.SKIP, position=40)))
    ((_, [piece]),) = live.writings(LATER)
    assert (piece.offset, piece.sound, piece.encoding) == (0, sound[:640], Encoding.L16)


def test_what_was_read_late_takes_no_pause_back(tmp_path):
    live, state = live_audio(tmp_path)
    feed(live, 0)
    live.follow(AC, RE, evolve(state, RecordingPaused(behavior=PauseBehavior.SKIP, position=20)))
    live.follow(AC, RE, state)
    feed(live, 20, 40)
    assert offsets(live, LATER) == [0]


def test_a_recording_is_not_over_while_a_frame_that_began_before_its_end_is_held_back(tmp_path):
    live, state = live_audio(tmp_path)
    conversation = live.conversation((AC, CA))
    conversation.feed(Frame(0, "inbound", FRAME * 50), 0.0)
    live.follow(AC, RE, evolve(state, RecordingStopped(cause=StopCause.API, position=500)))
    assert (offsets(live), conversation.over(0.0)) == ([], {})
    assert len(offsets(live, LATER)) == 25
    assert list(conversation.over(LATER)) == [RE]


def test_what_a_hold_kept_back_outlives_its_stream_until_it_is_given_out(tmp_path):
    live, _ = live_audio(tmp_path)
    with live.hold(AC, CA):
        feed(live, 0)
        live.conversation((AC, CA)).attached.clear()
        live.conversation((AC, CA)).captures.clear()
    live.forget()
    assert live.memory.used
    assert offsets(live, LATER) == []
    live.forget()
    assert (live.conversations, live.memory.used) == ({}, 0)
