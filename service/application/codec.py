"""Domain events to stored JSON and back. Old shapes are lifted to today's by upcasters, one step at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, cast

from pydantic import TypeAdapter

from service.application.upcasters import upcast
from service.domain.events import (
    Event,
    RecordingAbsent,
    RecordingCompleted,
    RecordingDamaged,
    RecordingDelayed,
    RecordingDeleted,
    RecordingPaused,
    RecordingResumed,
    RecordingStarted,
    RecordingStopped,
)
from service.eventstore.event import StoredEvent


class UnknownEventType(Exception):  # noqa: N818 - names what was met
    """The log holds an event this version of the program does not know."""


@dataclass(frozen=True, slots=True)
class _Shape:
    name: str
    schema: int
    adapter: TypeAdapter[Any]


_SHAPES: dict[type[Event], _Shape] = {
    event: _Shape(name, schema, TypeAdapter(event))
    for event, name, schema in (
        (RecordingStarted, "started", 1),
        (RecordingPaused, "paused", 1),
        (RecordingResumed, "resumed", 1),
        (RecordingStopped, "stopped", 1),
        (RecordingDamaged, "damaged", 1),
        (RecordingDelayed, "delayed", 1),
        (RecordingCompleted, "completed", 2),
        (RecordingAbsent, "absent", 1),
        (RecordingDeleted, "deleted", 1),
    )
}
_BY_NAME = {shape.name: shape for shape in _SHAPES.values()}
KNOWN_TYPES: Mapping[str, int] = MappingProxyType({shape.name: shape.schema for shape in _SHAPES.values()})
"""Every type of event this version knows, and the newest schema of it that it can read."""


def encode(event: Event) -> tuple[str, int, dict[str, Any]]:
    """Return the event's type, schema number and JSON data."""
    shape = _SHAPES[type(event)]
    return shape.name, shape.schema, shape.adapter.dump_python(event, mode="json")


def decode(stored: StoredEvent) -> Event:
    """Return the domain event. Raises UnknownEventType for a type or schema of a later version."""
    shape = _BY_NAME.get(stored.type)
    if shape is None or stored.schema > shape.schema:
        raise UnknownEventType(f"{stored.type} (schema {stored.schema}) at position {stored.position}")
    data = upcast(stored.type, stored.schema, stored.data)
    return cast(Event, shape.adapter.validate_python(data))
