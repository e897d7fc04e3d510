"""What long work tells of itself while it lasts."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """`done` of `total` events, and in `doing` what is being done."""

    projection: str
    doing: str
    done: int = 0
    total: int = 0


Told = Callable[[Progress], None]


def nobody(_progress: Progress) -> None:
    pass
