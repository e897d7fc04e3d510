"""What is asked of an account's events: which, and from which stretch of the log."""

from dataclasses import dataclass, replace
from datetime import datetime

LAST_POSITION = (1 << 63) - 1
EVERYWHERE = ("started", "stopped")
"""Each recording has them, so the index by type leaves them out: they are found wherever one looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Which events are asked for: all that is given must hold; both times are inclusive."""

    types: tuple[str, ...] = ()
    recording_sid: str | None = None
    call_sid: str | None = None
    conference_sid: str | None = None
    actor_sid: str | None = None
    request_id: str | None = None
    occurred_after: datetime | None = None
    occurred_before: datetime | None = None

    @property
    def names_few(self) -> bool:
        """Say whether it names one recording, conversation or request: what has few events."""
        return bool(self.recording_sid or self.call_sid or self.conference_sid or self.request_id)

    @property
    def has_times(self) -> bool:
        return self.occurred_after is not None or self.occurred_before is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Positions between `above` and `below`, neither included.

    `is_few`: what is asked for is soon sorted. `is_begun`: its first part was read already.
    """

    above: int = 0
    below: int = LAST_POSITION
    newest_first: bool = False
    is_few: bool = False
    is_begun: bool = False

    def after(self, position: int) -> "Stretch":
        """Return what is left behind a position, in this order."""
        begun = replace(self, is_begun=True)
        return replace(begun, below=position) if self.newest_first else replace(begun, above=position)
