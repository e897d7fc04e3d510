"""A conversation's audio as intervals of its timeline: what is written, and what the file is made of.

All numbers are samples at 8 kHz (`RATE`); events speak of milliseconds. Pure, so that every order can be tried.
"""

from collections.abc import Iterable

from service.domain.events import PauseHeard
from service.domain.recording import Pause, Recording
from service.domain.values import PauseBehavior

RATE = 8000
SAMPLES_PER_MS = RATE // 1000

Span = tuple[int, int]
"""From the first sample to the one after the last."""
FOREVER = 1 << 62


def written(state: Recording, origin: int) -> list[Span]:
    """Return what may reach a disk: from the recording's start to its stop, without any pause."""
    return _without((origin, _end(state, origin)), [_hole(pause, origin) for pause in state.pauses])


def filed(state: Recording, origin: int, captured: int) -> list[Span]:
    """Return what the finished file is made of, in order: all but the pauses that are skipped.

    `captured` is where the audio ends: it stands for the stop when nobody knew that position.
    """
    end = _end(state, origin)
    skipped = [_hole(pause, origin) for pause in state.pauses if pause.behavior is PauseBehavior.SKIP]
    return _without((origin, captured if end == FOREVER else end), skipped)


def paused(state: Recording, origin: int, captured: int) -> list[PauseHeard]:
    """Return where the pauses are in the file that `filed` describes."""
    spans, end = filed(state, origin, captured), min(_end(state, origin), captured)

    def in_file(position: int) -> int:
        return sum(min(until, max(begin, position)) - begin for begin, until in spans)

    holes = [(pause.behavior, _hole(pause, origin)) for pause in state.pauses]
    return [
        PauseHeard(behavior=behavior, begin=in_file(begin), end=in_file(until))
        for behavior, (begin, until) in holes
        if begin < min(until, end)
    ]


def overlap(span: Span, others: Iterable[Span]) -> list[Span]:
    """Return the parts of `span` that lie in `others`."""
    cuts = [(max(span[0], begin), min(span[1], end)) for begin, end in others]
    return [(begin, end) for begin, end in cuts if begin < end]


def reached(state: Recording) -> int:
    """Return the furthest position that a recording's events speak of: its conversation was there."""
    ends = [position for pause in state.pauses for position in (pause.begin, pause.end)]
    started = state.started.position if state.started else None
    return max((position for position in (started, *ends) if position is not None), default=0) * SAMPLES_PER_MS


def _end(state: Recording, origin: int) -> int:
    if state.stopped is None or state.stopped.position is None:
        return FOREVER
    return max(origin, state.stopped.position * SAMPLES_PER_MS)


def _hole(pause: Pause, origin: int) -> Span:
    """Return the stretch of a pause. One that began, or was over, before any audio came begins, or ends, at the origin.

    One that began at a known position and ended at none is taken as lasting: rather too little is kept than too much.
    """
    if pause.begin is None:
        return origin, FOREVER if pause.is_open else (pause.end or 0) * SAMPLES_PER_MS
    if pause.is_open or pause.end is None:
        return pause.begin * SAMPLES_PER_MS, FOREVER
    # After a crash a resume may be placed where the stream was last noted: a second before its pause.
    return pause.begin * SAMPLES_PER_MS, max(pause.begin, pause.end) * SAMPLES_PER_MS


def _without(span: Span, holes: Iterable[Span]) -> list[Span]:
    begin, end = span
    left: list[Span] = []
    for hole_begin, hole_end in sorted(holes):
        if begin < min(hole_begin, end):
            left.append((begin, min(hole_begin, end)))
        begin = max(begin, hole_end)
    return [*left, (begin, end)] if begin < end else left
