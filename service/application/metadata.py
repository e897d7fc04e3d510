"""Who acts, and by which request: what is stored with every event."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """An account (its auth token), an API key, or the service itself (`sid` None, role `system`)."""

    sid: str | None
    role: str


SYSTEM = Actor(sid=None, role="system")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    actor: Actor
    request_id: str
    causation_id: str | None = None
    correlation_id: str | None = None
