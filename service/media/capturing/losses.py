"""Which sound was lost: as stretches of a timeline, so that two tracks that lost the same second lost one second."""

from collections.abc import Iterable

from service.media.timeline import SAMPLES_PER_MS, Span


class Losses:
    """Stretches in samples, taken as they come: most continue the one before."""

    def __init__(self) -> None:
        self._spans: list[Span] = []

    def __bool__(self) -> bool:
        return bool(self._spans)

    def add(self, spans: Iterable[Span]) -> None:
        for begin, end in spans:
            if self._spans and self._spans[-1][0] <= begin <= self._spans[-1][1]:
                self._spans[-1] = (self._spans[-1][0], max(end, self._spans[-1][1]))
            else:
                self._spans.append((begin, end))

    @property
    def ms(self) -> int:
        """How long they are together; a begun millisecond counts."""
        lost, reached = 0, -1
        for begin, end in sorted(self._spans):
            lost += max(0, end - max(begin, reached))
            reached = max(reached, end)
        return -(-lost // SAMPLES_PER_MS)

    def take_until(self, horizon: int) -> list[Span]:
        """Return what lies before `horizon`, and keep the rest."""
        before = [(begin, min(end, horizon)) for begin, end in self._spans if begin < horizon]
        self._spans = [(max(begin, horizon), end) for begin, end in self._spans if end > horizon]
        return before

    def clear(self) -> None:
        self._spans.clear()
