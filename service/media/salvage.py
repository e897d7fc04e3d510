"""What a crash or a failing disk left of a spool: what can be read of it, and what is wrong with it."""

from contextlib import suppress
from dataclasses import dataclass

from service.domain.recording import Recording
from service.media.spool import Spool
from service.media.timeline import RATE, SAMPLES_PER_MS, reached

BEYOND = 60 * RATE
"""A stop that became known late leaves sound behind itself; a track that goes on for longer was not written by us."""
LONGEST = 24 * 60 * 60 * RATE
"""What a stream may bring: the length of a recording whose end nobody knows."""
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Salvage:
    """`samples`: how far the sound reaches. `unreadable`: tracks with stretches that cannot be read.

    `damage` says what is wrong, in words that name nothing of the machine.
    """

    origin: int | None
    tracks: list[str]
    samples: int
    unreadable: frozenset[str]
    damage: tuple[str, ...]


def place(spool: Spool, state: Recording) -> tuple[int | None, bool]:
    """Return where the recording's first sample lies, None when none was captured; and whether that was torn.

    Without its origin a recording lies where its events say that it started, else at the first sample of its streams.
    """
    known = spool.origin
    if known is None:
        known = spool.staged_origin if spool.sources() else None
    if known is not None:
        return known, False
    position = state.started.position if state.started else None
    is_torn = bool(spool.sources())
    if position is None:
        return (0 if is_torn else None), is_torn
    return position * SAMPLES_PER_MS, is_torn


def examine(spool: Spool, state: Recording) -> Salvage:
    """Read a spool from end to end; blocks. Raises OSError when its folder cannot be listed."""
    origin, is_torn = place(spool, state)
    tracks, damage = spool.sources(), ["where it begins cannot be read"] if is_torn else []
    lengths: dict[str, int] = {}
    unreadable = set()
    for source in tracks:
        with suppress(OSError):
            lengths[source] = spool.length(source)
        if not _is_readable(spool, source):
            unreadable.add(source)
            damage.append("a track cannot be read")
        elif not lengths[source]:
            damage.append("a track is empty")
    longest = _longest(state, origin or 0)
    if any(length > longest for length in lengths.values()):
        damage.append("a track is longer than the recording")
    # One that is too long tells nothing of where the others end.
    credible = [length for length in lengths.values() if length <= longest]
    return Salvage(
        origin=origin,
        tracks=tracks,
        samples=max(credible, default=longest if lengths else 0),
        unreadable=frozenset(unreadable),
        damage=tuple(dict.fromkeys(damage)),
    )


def _longest(state: Recording, origin: int) -> int:
    if state.stopped is not None and state.stopped.position is not None:
        return max(0, state.stopped.position * SAMPLES_PER_MS - origin) + BEYOND
    return max(0, reached(state) - origin) + LONGEST


def _is_readable(spool: Spool, source: str) -> bool:
    try:
        with spool.open(source) as track:
            while track.read(CHUNK):
                pass
    except OSError:
        return False
    return True
