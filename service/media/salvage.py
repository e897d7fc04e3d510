"""What a crash or a failing disk left of a spool: what can be read of it, and what is wrong with it."""

from dataclasses import dataclass
from pathlib import Path

from service.domain.recording import Recording
from service.media.spool import Spool, opened_track
from service.media.timeline import RATE, SAMPLES_PER_MS, reached

BEYOND = 60 * RATE
"""A stop that became known late leaves sound behind itself; a track that goes on for longer was not written by us."""
LONGEST = 24 * 60 * 60 * RATE
"""What a stream may bring: the length of a recording whose end nobody knows."""
CHUNK = 1 << 20
TORN = "where it begins was not readable"
UNREADABLE = "a track was not readable"
_EMPTY = "a track was empty"
_TOO_LONG = "a track was longer than the recording"


@dataclass(frozen=True, slots=True, kw_only=True)
class Salvage:
    """`samples`: how far the sound reaches. `damage` says what is wrong, in words that name nothing of the machine."""

    origin: int | None
    samples: int
    is_readable: bool
    damage: tuple[str, ...]


def place(spool: Spool, state: Recording) -> tuple[int | None, bool]:
    """Return where the recording's first sample lies, None when its first frame is to say; and whether that was torn.

    Without its origin a recording lies where its events say that it started, else at the first sample of its streams.
    """
    if (origin := spool.origin) is not None:
        return origin, False
    is_torn = bool(spool.tracks())
    if is_torn and (staged := spool.staged_origin) is not None:
        return staged, False
    started = started_at(state)
    return (0 if is_torn and started is None else started), is_torn


def started_at(state: Recording) -> int | None:
    """Return the sample at which a recording's events say that it started; None when no audio had come by then."""
    position = state.started.position if state.started else None
    return None if position is None else position * SAMPLES_PER_MS


def examine(spool: Spool, state: Recording) -> Salvage:
    """Read a spool from end to end; blocks. Raises OSError when its folder cannot be listed."""
    if not spool.has_sound:
        return Salvage(origin=None, samples=0, is_readable=True, damage=())
    origin, is_torn = place(spool, state)
    damage, credible, is_readable = [TORN] if is_torn else [], [0], True
    longest = _longest(state, origin or 0)
    for path, encoding in spool.tracks():
        try:
            size = _read(path, longest * encoding.width)
        except OSError:
            is_readable = False
            damage.append(UNREADABLE)
            continue
        if not size:
            damage.append(_EMPTY)
        # One that is too long tells nothing of where the recording ends.
        if size > longest * encoding.width:
            damage.append(_TOO_LONG)
        else:
            credible.append(size // encoding.width)
    return Salvage(origin=origin, samples=max(credible), is_readable=is_readable, damage=tuple(dict.fromkeys(damage)))


def _longest(state: Recording, origin: int) -> int:
    """Return how many samples a track can have."""
    if state.stopped is not None and state.stopped.position is not None:
        return max(0, state.stopped.position * SAMPLES_PER_MS - origin) + BEYOND
    return max(0, reached(state) - origin) + LONGEST


def _read(path: Path, most: int) -> int:
    """Return the size of a track that can be read, or a little more than `most`. Raises OSError."""
    size = 0
    with opened_track(path) as track:
        while size <= most and (chunk := track.read(CHUNK)):
            size += len(chunk)
    return size
