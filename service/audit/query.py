"""Events as an auditor reads them."""

from collections.abc import Mapping
from typing import Any

from service.audit.masking import masked, shown
from service.eventstore.event import Row, iso_time

FIELDS = (
    *("position", "account_sid", "recording_sid", "call_sid", "conference_sid", "version", "type", "data"),
    *("occurred_at", "recorded_at", "request_id", "causation_id", "correlation_id", "previous_hash", "hash"),
)


Keys = Mapping[str, bytes]
"""What callback URLs are sealed with, by recording; those that are destroyed are not there."""


def event_document(row: Row, keys: Keys) -> dict[str, Any]:
    document: dict[str, Any] = {name: row[name] for name in FIELDS}
    document["data"] = shown(row["data"], keys.get(row["recording_sid"]))
    document["actor"] = {"sid": row["actor_sid"], "role": row["actor_role"]}
    for name in ("occurred_at", "recorded_at"):
        document[name] = iso_time(document[name])
    for name in ("previous_hash", "hash"):
        document[name] = document[name].hex()
    return document


def exported_document(row: Row, keys: Keys, *, unmasked: bool) -> dict[str, Any]:
    """Return the event with the text that its hash covers; None for that text when it says what has to be masked."""
    tells = unmasked or masked(row["data"]) is row["data"]
    return event_document(row, keys) | {"schema": row["schema"], "canonical": row["canonical"] if tells else None}
