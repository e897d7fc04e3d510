"""Which deliveries an event owes: decided beside the event, and written in its transaction."""

from datetime import datetime
from typing import Any
from urllib.parse import quote_plus
from uuid import UUID, uuid5

from service.application.codec import type_of
from service.callbacks.payload import callback_event, parameters
from service.callbacks.target import destination_of
from service.domain.events import Event
from service.domain.recording import Recording
from service.postgres.statement import statement

EFFECT = statement(__package__, "plan_deliveries")
"""For the event store, under the name `deliveries`: writes the rows that `plan_deliveries` returns."""
DEFAULT_EVENTS = ("completed",)
"""What is told when no events were asked for (Twilio: Recording resource, RecordingStatusCallbackEvent)."""

_TOKENS = UUID("6c0b7a52-9d1e-5c43-8f0a-3f4f7a1d2b60")
"""The namespace of idempotency tokens: a constant of ours, so that a token follows from what it stands for."""
_QUOTED = {number: quote_plus(chr(number)) for number in range(128)}


def is_owed(event: Event, state: Recording) -> bool:
    """Whether `event` was asked to be told; `state` is the recording's at that event."""
    callback = state.started.callback if state.started else None
    return callback is not None and callback_event(event) in (callback.events or DEFAULT_EVENTS)


def plan_deliveries(
    account_sid: str, recording_sid: str, version: int, event: Event, state: Recording, start_time: datetime
) -> list[dict[str, Any]]:
    """Return the deliveries that `event` owes, each with its parameters as they are at this version."""
    started = state.started
    if started is None or started.callback is None or not is_owed(event, state):
        return []
    callback = started.callback
    told = parameters(account_sid, recording_sid, started, start_time, event)
    token = uuid5(_TOKENS, f"{account_sid}/{recording_sid}/{version}/{callback.url}")
    return [
        {
            "recording_sid": recording_sid,
            "version": version,
            "type": type_of(event),
            # The digits of time of the recording's SID lead from the delivery's to its row.
            "sid": f"DL{recording_sid[2:14]}{token.hex[12:]}",
            "event": callback_event(event),
            "url": callback.url,
            "method": callback.method,
            "parameters": _encoded(told),
            "host": destination_of(callback.url) if callback.host is None else callback.host,
            "idempotency_token": str(token),
        }
    ]


def _encoded(told: dict[str, str]) -> str:
    """Return `urlencode(told)`, at a fifth of its time: it is the most that planning takes."""
    return "&".join(f"{name}={_quoted(value)}" for name, value in told.items())


def _quoted(value: str) -> str:
    if not value.isascii():
        return quote_plus(value)
    return value if value.isalnum() else value.translate(_QUOTED)
