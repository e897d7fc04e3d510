"""How data of an older schema becomes data of the next: one function a step, applied in order."""

from collections.abc import Callable, Mapping
from typing import Any

Data = Mapping[str, Any]


def _completed_1(data: Data) -> Data:
    """Lift to what tells of peaks, pauses, encryption and other stores: none were noted."""
    return {**data, "peaks": [], "peak_samples": 0, "pauses": [], "media_url": None, "encryption": None}


def _started_1(data: Data) -> Data:
    """Lift to what has the callback's host beside a URL that is sealed: it was not."""
    callback = data["callback"]
    return {**data, "callback": callback and {**callback, "host": None}}


UPCASTERS: dict[tuple[str, int], Callable[[Data], Data]] = {
    ("completed", 1): _completed_1,
    ("started", 1): _started_1,
}
"""(event type, schema it reads) to the function that returns the same data in the next schema."""


def upcast(event_type: str, schema: int, data: Data) -> Data:
    while step := UPCASTERS.get((event_type, schema)):
        data = step(data)
        schema += 1
    return data
