"""What this process lost of the sound it was brought, in figures and in the log."""

from collections import Counter
from collections.abc import Iterable

import structlog

from service.domain.values import DamageCause
from service.media.capturing.losses import Losses
from service.media.timeline import Span

SAY_SECONDS = 1.0
log = structlog.get_logger()


class Toll:
    """`lost_ms`, by cause, only grows. Each recording counts for itself, its tracks together."""

    def __init__(self) -> None:
        self.lost_ms: Counter[DamageCause] = Counter()
        self._unsaid: dict[tuple[DamageCause, str], Losses] = {}
        self._said_at = float("-inf")

    def add(self, cause: DamageCause, sid: str, spans: Iterable[Span]) -> None:
        self._unsaid.setdefault((cause, sid), Losses()).add(spans)

    def say(self, now: float) -> None:
        """Count what was added, and log it: at most once a second, however much it is."""
        if not self._unsaid or now - self._said_at < SAY_SECONDS:
            return
        self._said_at = now
        for cause in DamageCause:
            lost = {sid: losses.ms for (why, sid), losses in self._unsaid.items() if why is cause}
            if lost:
                self.lost_ms[cause] += sum(lost.values())
                worst = max(lost, key=lost.__getitem__)
                log.error("capture.lost", cause=cause, ms=sum(lost.values()), recordings=len(lost), most_of=worst)
        self._unsaid.clear()
