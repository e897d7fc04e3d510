"""What is asked of an account's events: which, and from which stretch of the log."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

LAST_POSITION = (1 << 63) - 1
MOST_VERSIONS = (1 << 31) - 1
"""More events than one recording can have."""
PLAIN = ("recording_sid", "call_sid", "conference_sid", "actor_sid", "request_id")
"""Fields of a filter that are an event's own."""
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

    def conditions(self) -> list[tuple[str, str, Any]]:
        """Return what must hold of an event: column, operator, value."""
        asked = [
            *((name, "=", getattr(self, name)) for name in PLAIN),
            ("type", "in", list(self.types) or None),
            ("occurred_at", ">=", self.occurred_after),
            ("occurred_at", "<=", self.occurred_before),
        ]
        return [condition for condition in asked if condition[2] is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Positions between `above` and `below`, neither included.

    `is_few`: what is asked for is soon sorted. `is_begun`: its first part was read already. `kept`: between which
    positions, neither included, the database has what is asked for.
    """

    above: int = 0
    below: int = LAST_POSITION
    newest_first: bool = False
    is_few: bool = False
    is_begun: bool = False
    kept: tuple[int, int] = (0, LAST_POSITION)

    def after(self, position: int) -> "Stretch":
        """Return what is left behind a position, in this order."""
        begun = replace(self, is_begun=True)
        return replace(begun, below=position) if self.newest_first else replace(begun, above=position)

    def until(self, position: int) -> "Stretch":
        """Return what comes before a position, in this order."""
        return replace(self, above=position) if self.newest_first else replace(self, below=position)
