"""What is written and what is filed, held against a model that asks of each millisecond by itself."""

from hypothesis import given
from hypothesis import strategies as st

from facts import started
from service.domain.events import RecordingPaused, RecordingResumed, RecordingStopped
from service.domain.recording import Recording, evolve
from service.domain.values import PauseBehavior, StopCause
from service.media.timeline import SAMPLES_PER_MS, filed, overlap, reached, written

END = 40
BEHAVIORS = st.sampled_from(list(PauseBehavior))


@st.composite
def histories(draw):
    """Draw when the recording started, (begin, end, behavior) of each pause, and when it stopped, in ms."""
    times = draw(st.lists(st.integers(0, END), min_size=2, max_size=8).map(sorted))
    start, *between, stop = times
    pauses = [(*pair, draw(BEHAVIORS)) for pair in zip(between[::2], between[1::2], strict=False)]
    return start, pauses, stop


def folded(start, pauses, stop) -> Recording:
    state = evolve(Recording(), started())
    for begin, end, behavior in pauses:
        state = evolve(state, RecordingPaused(behavior=behavior, position=begin))
        state = evolve(state, RecordingResumed(position=end))
    return evolve(state, RecordingStopped(cause=StopCause.API, position=stop))


def milliseconds(spans) -> list[int]:
    return [sample // SAMPLES_PER_MS for begin, end in spans for sample in range(begin, end, SAMPLES_PER_MS)]


@given(histories())
def test_of_each_millisecond_it_is_known_whether_it_is_written_and_filed(history):
    start, pauses, stop = history
    state, origin = folded(*history), start * SAMPLES_PER_MS
    paused = {at for begin, end, _ in pauses for at in range(begin, end)}
    skipped = {at for begin, end, behavior in pauses if behavior is PauseBehavior.SKIP for at in range(begin, end)}
    assert milliseconds(written(state, origin)) == [at for at in range(start, stop) if at not in paused]
    assert milliseconds(filed(state, origin, 0)) == [at for at in range(start, stop) if at not in skipped]


def test_an_open_pause_lets_nothing_through_and_a_lost_stop_files_what_was_captured():
    state = evolve(evolve(Recording(), started()), RecordingPaused(behavior=PauseBehavior.SILENCE, position=10))
    assert milliseconds(overlap((0, 800), written(state, 0))) == list(range(10))
    lost = evolve(state, RecordingStopped(cause=StopCause.MEDIA_LOST, position=None))
    assert milliseconds(filed(lost, 0, 400)) == list(range(50))
    assert milliseconds(overlap((0, 800), written(lost, 0))) == list(range(10))


def test_a_pause_from_before_any_audio_begins_at_the_first_frame():
    state = evolve(evolve(Recording(), started()), RecordingPaused(behavior=PauseBehavior.SKIP, position=None))
    assert overlap((80, 800), written(state, 80)) == []
    resumed = evolve(state, RecordingResumed(position=20))
    assert milliseconds(overlap((80, 400), written(resumed, 80))) == list(range(20, 50))
    unheard = evolve(state, RecordingResumed(position=None))
    assert milliseconds(overlap((80, 400), written(unheard, 80))) == list(range(10, 50))


@given(st.integers(0, 40), st.integers(0, 40))
def test_a_resume_that_lies_before_its_pause_repeats_nothing(paused, resumed):
    state = evolve(evolve(Recording(), started()), RecordingPaused(behavior=PauseBehavior.SKIP, position=paused))
    state = evolve(state, RecordingResumed(position=resumed))
    times = milliseconds(overlap((0, 800), written(state, 0)))
    assert times == sorted(set(times)) == [at for at in range(100) if not paused <= at < resumed]
    assert reached(state) == max(paused, resumed) * SAMPLES_PER_MS
