"""Domain events to stored JSON and back. Old shapes are lifted to today's by upcasters, one step at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, cast

from pydantic import TypeAdapter

from service.application.upcasters import upcast
from service.domain.account import AccountEvent, AccountHeld, AccountReleased, RetentionSet
from service.domain.events import (
    Event,
    RecordingAbsent,
    RecordingCompleted,
    RecordingDamaged,
    RecordingDelayed,
    RecordingDeleted,
    RecordingHeld,
    RecordingPaused,
    RecordingRefused,
    RecordingReleased,
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


_SHAPES: dict[type[Event | AccountEvent], _Shape] = {
    event: _Shape(name, schema, TypeAdapter(event))
    for event, name, schema in (
        (RecordingStarted, "started", 2),
        (RecordingPaused, "paused", 1),
        (RecordingResumed, "resumed", 1),
        (RecordingStopped, "stopped", 1),
        (RecordingDamaged, "damaged", 1),
        (RecordingDelayed, "delayed", 1),
        (RecordingCompleted, "completed", 2),
        (RecordingAbsent, "absent", 1),
        (RecordingDeleted, "deleted", 1),
        (RecordingHeld, "held", 1),
        (RecordingReleased, "released", 1),
        (RecordingRefused, "refused", 1),
        (AccountHeld, "account-held", 1),
        (AccountReleased, "account-released", 1),
        (RetentionSet, "retention-set", 1),
    )
}
_BY_NAME = {shape.name: shape for shape in _SHAPES.values()}
EVENT_TYPES = tuple(_BY_NAME)
KNOWN_TYPES: Mapping[str, int] = MappingProxyType({shape.name: shape.schema for shape in _SHAPES.values()})
"""Every type of event this version knows, and the newest schema of it that it can read."""


def type_of(event: Event) -> str:
    return _SHAPES[type(event)].name


def encode(event: Event | AccountEvent) -> tuple[str, int, dict[str, Any]]:
    """Return the event's type, schema number and JSON data."""
    shape = _SHAPES[type(event)]
    return shape.name, shape.schema, shape.adapter.dump_python(event, mode="json")


def decode(stored: StoredEvent) -> Event:
    """Return the event of a recording. Raises UnknownEventType for a type or schema of a later version."""
    return cast(Event, _decode(stored))


def decode_account(stored: StoredEvent) -> AccountEvent:
    """Return the event of an account's own stream. Raises UnknownEventType."""
    return cast(AccountEvent, _decode(stored))


def _decode(stored: StoredEvent) -> object:
    shape = _BY_NAME.get(stored.type)
    if shape is None or stored.schema > shape.schema:
        raise UnknownEventType(f"{stored.type} (schema {stored.schema}) at position {stored.position}")
    data = upcast(stored.type, stored.schema, stored.data)
    return cast(object, shape.adapter.validate_python(data))
