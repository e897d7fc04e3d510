"""How data of an older schema becomes data of the next: one function a step, applied in order."""

from collections.abc import Callable, Mapping
from typing import Any

Data = Mapping[str, Any]

UPCASTERS: dict[tuple[str, int], Callable[[Data], Data]] = {}
"""(event type, schema it reads) to the function that returns the same data in the next schema."""


def upcast(event_type: str, schema: int, data: Data) -> Data:
    while step := UPCASTERS.get((event_type, schema)):
        data = step(data)
        schema += 1
    return data
