"""The event store as the service assembles it, for tests of the log alone."""

import asyncpg

from facts import AT, CA
from service.eventstore.event import Append, Envelope, NewEvent
from service.eventstore.store import PostgresEventStore
from service.projections.recordings import PROJECTION


def postgres_store(pool: asyncpg.Pool) -> PostgresEventStore:
    return PostgresEventStore(pool, projection=PROJECTION, effects={})


def append(account_sid: str, stream: str, expected_version: int, *types: str) -> Append:
    envelope = Envelope(
        call_sid=CA, conference_sid=None, actor_sid=account_sid, actor_role="account", request_id="RQ" + "1" * 32
    )
    events = [NewEvent(type=name, schema=1, data={"said": "żółć ≠ \u2028"}, occurred_at=AT) for name in types]
    return Append(
        account_sid=account_sid, stream=stream, expected_version=expected_version, events=events, envelope=envelope
    )
