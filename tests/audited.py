"""A log that has something of everything that auditors ask for, and what a plain scan of it finds."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import asyncpg

from facts import AC, AT
from service.application.identifiers import new_ordered_sid, new_sid
from service.audit.choice import EventFilter
from service.eventstore.event import Append, Envelope, NewEvent
from stores import postgres_store

CALLS = [new_sid("CA") for _ in range(6)]
CONFERENCES = [None, *(new_sid("CF") for _ in range(2))]
ACTORS = [None, AC, new_sid("SK")]
REQUESTS = [new_sid("RQ") for _ in range(8)]
TYPES = ("started", "paused", "stopped", "damaged", "absent")


async def write_audited(pool: asyncpg.Pool, account_sid: str, births: Sequence[datetime] = (AT,)) -> None:
    """Append 200 events of recordings that became absent, each born at one of the times in turn."""
    made, store = random.Random(5), postgres_store(pool)  # noqa: S311 - the same log every time
    for number in range(40):
        envelope = Envelope(
            call_sid=made.choice(CALLS),
            conference_sid=made.choice(CONFERENCES),
            actor_sid=made.choice(ACTORS),
            actor_role="account",
            request_id=made.choice(REQUESTS),
        )
        moments = [AT + timedelta(minutes=made.randrange(-600, 600)) for _ in TYPES]
        new = [NewEvent(type=name, schema=1, data={}, occurred_at=at) for name, at in zip(TYPES, moments, strict=True)]
        sid = new_ordered_sid("RE", births[number % len(births)])
        await store.append(
            Append(account_sid=account_sid, stream=sid, expected_version=0, events=new, envelope=envelope)
        )


async def rows_of(pool: asyncpg.Pool, account_sid: str = AC) -> list[asyncpg.Record]:
    return await pool.fetch("SELECT * FROM events WHERE account_sid = $1 ORDER BY position", account_sid)


def choices(log) -> list[EventFilter]:
    some = log[100]
    alone = [
        EventFilter(),
        EventFilter(types=("damaged",)),
        EventFilter(types=("damaged", "absent")),
        EventFilter(types=("started", "damaged")),
        EventFilter(recording_sid=some["recording_sid"]),
        EventFilter(call_sid=some["call_sid"]),
        EventFilter(conference_sid=CONFERENCES[1]),
        EventFilter(actor_sid=ACTORS[2]),
        EventFilter(request_id=some["request_id"]),
        EventFilter(call_sid=some["call_sid"], conference_sid=CONFERENCES[1]),
        EventFilter(recording_sid=some["recording_sid"], call_sid=some["call_sid"]),
        EventFilter(actor_sid=AC, types=("damaged", "paused")),
        EventFilter(call_sid=CALLS[0], types=("stopped",), request_id=REQUESTS[0]),
        EventFilter(recording_sid=new_sid("RE")),
    ]
    times = {"occurred_after": some["occurred_at"]}, {"occurred_before": some["occurred_at"]}
    return [
        *alone,
        *(replace(chosen, **time) for chosen in alone for time in times),
        EventFilter(occurred_after=some["occurred_at"], occurred_before=some["occurred_at"]),
        EventFilter(occurred_after=AT + timedelta(days=9)),
    ]


def expected(log, chosen: EventFilter) -> list[int]:
    def holds(row) -> bool:
        plain = ("recording_sid", "call_sid", "conference_sid", "actor_sid", "request_id")
        return (
            all(getattr(chosen, name) in {None, row[name]} for name in plain)
            and (not chosen.types or row["type"] in chosen.types)
            and (chosen.occurred_after is None or row["occurred_at"] >= chosen.occurred_after)
            and (chosen.occurred_before is None or row["occurred_at"] <= chosen.occurred_before)
        )

    return [row["position"] for row in log if holds(row)]
