"""Events in their envelope, on the way into the store and out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Protocol

import orjson

GENESIS = bytes(32)
"""What stands for the previous hash of an account's first event."""


class Row(Protocol):
    """A database row: values by column name."""

    def __getitem__(self, name: str, /) -> Any: ...  # noqa: ANN401 - a column's type is its own


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    type: str
    schema: int
    data: Mapping[str, Any]
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Who caused an append, by which request, and which conversation it concerns."""

    call_sid: str | None
    conference_sid: str | None
    actor_sid: str | None
    actor_role: str
    request_id: str
    causation_id: str | None = None
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Append:
    """Events for one stream, and rows to be written beside them (`effects`, by the inline statement's name).

    Given an `account_version`, it is a version conflict as well when the account's own stream, which has the account's
    name, is at another.
    """

    account_sid: str
    stream: str
    expected_version: int
    events: Sequence[NewEvent]
    envelope: Envelope
    account_version: int | None = None
    effects: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    def canonical(self) -> list[str]:
        """Return the text of each event that is hashed and stored, as RFC 8785 (JCS) writes it."""
        envelope = self.envelope
        return [
            canonical_json(
                {
                    "account_sid": self.account_sid,
                    "recording_sid": self.stream,
                    "version": version,
                    "type": event.type,
                    "schema": event.schema,
                    "data": event.data,
                    "occurred_at": iso_time(event.occurred_at),
                    "call_sid": envelope.call_sid,
                    "conference_sid": envelope.conference_sid,
                    "actor": {"sid": envelope.actor_sid, "role": envelope.actor_role},
                    "request_id": envelope.request_id,
                    "causation_id": envelope.causation_id,
                    "correlation_id": envelope.correlation_id,
                }
            )
            for version, event in enumerate(self.events, self.expected_version + 1)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    account_sid: str
    recording_sid: str
    version: int
    position: int
    type: str
    schema: int
    data: Mapping[str, Any]
    call_sid: str | None
    conference_sid: str | None
    actor_sid: str | None
    actor_role: str
    request_id: str
    causation_id: str | None
    correlation_id: str | None
    occurred_at: datetime
    recorded_at: datetime
    canonical: str
    previous_hash: bytes
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """What an append came to: the version and position of its last event, and the read model's row after its group.

    The row's columns are null for a stream that the read model knows nothing of.
    """

    version: int
    position: int
    row: Any


def canonical_json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def iso_time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def event_hash(previous_hash: bytes, position: int, recorded_at: datetime, canonical: str) -> bytes:
    """Return the hash an event must carry: SHA-256 over the previous hash and three lines of UTF-8 text."""
    return chained(previous_hash, position, iso_time(recorded_at), canonical)


def chained(previous_hash: bytes, position: int, recorded_at: str, canonical: str) -> bytes:
    return sha256(previous_hash + f"{position}\n{recorded_at}\n{canonical}".encode()).digest()
