"""What was found not to hold."""

from collections.abc import Callable
from dataclasses import dataclass

Told = Callable[[int], None]
"""Called with how many more rows were looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`position` is the first bad one of its account."""

    what: str
    account_sid: str | None = None
    position: int | None = None
    seal: int | None = None
    recording_sid: str | None = None


def untold(_count: int) -> None:
    """Be told, and tell nobody."""
