"""Deliveries are written down with the events that owe them, and arrive as Twilio's would."""

import time
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from urllib.parse import parse_qsl

import pytest
from twilio.request_validator import RequestValidator

from facts import ABSENT, AC, AT, COMPLETE, COMPLETED, RE, START, STOP, STOPPED
from receiver import receiver
from service.application.codec import encode
from service.application.handler import CommandHandler
from service.application.metadata import Actor, Metadata
from service.callbacks.dispatcher import Dispatcher
from service.callbacks.enqueue import EFFECT, plan_deliveries
from service.callbacks.sender import Sender
from service.callbacks.session import open_session
from service.domain.events import Callback
from service.domain.recording import evolve, fold
from service.eventstore.errors import VersionConflict
from service.eventstore.event import Append, Envelope, NewEvent
from service.eventstore.store import PostgresEventStore
from service.projections.recordings import PROJECTION

TOKEN = "12345"
METADATA = Metadata(actor=Actor(sid=AC, role="account"), request_id="RQ" + "1" * 32)
ENVELOPE = Envelope(
    call_sid=None, conference_sid=None, actor_sid=AC, actor_role="account", request_id=METADATA.request_id
)


@pytest.fixture
def store(pool):
    return PostgresEventStore(pool, projection=PROJECTION, effects={"deliveries": EFFECT})


@pytest.fixture
def handler(store):
    return CommandHandler(store, plan_deliveries)


def start(url, *, method="POST", events=("in-progress", "completed", "absent")):
    callback = Callback(url=url, method=method, events=events, host=None)
    return replace(START, facts=replace(START.facts, callback=callback))


def owed(pool):
    return pool.fetch("SELECT * FROM deliveries ORDER BY event_version")


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_what_events_owe_arrives_signed_and_in_order(database, pool, handler, method):
    await pool.execute("INSERT INTO accounts (sid, friendly_name, auth_token) VALUES ($1, '', $2)", AC, TOKEN)
    async with receiver() as customer, open_session([ip_network("127.0.0.0/8")]) as session:
        for command in (start(f"{customer.url}/cb?x=1#rc=0", method=method), STOP, COMPLETE):
            await handler.handle(AC, command, METADATA)
        dispatcher = Dispatcher(database, Sender(session, now=time.time), clock=time.monotonic, jitter=lambda: 0.5)
        for claimed in (1, 1, 0):
            assert await dispatcher.tick() == claimed
            await dispatcher.drain()
    first, second = (received.url + received.body.decode() for received in customer.received)
    assert "RecordingStatus=in-progress" in first
    assert "RecordingDuration" not in first
    assert "RecordingStatus=completed" in second
    assert "RecordingDuration=15" in second
    for received in customer.received:
        signature = received.headers["X-Twilio-Signature"]
        assert RequestValidator(TOKEN).validate(received.url, received.fields, signature)
    rows = await owed(pool)
    assert [(row["event"], row["event_version"], row["status"]) for row in rows] == [
        ("in-progress", 1, "delivered"),
        ("completed", 3, "delivered"),
    ]
    assert all(row["occurred_at"] == AT for row in rows)


async def test_the_start_time_told_is_when_the_recording_started_whatever_its_sid_says(pool, handler):
    later = AT + timedelta(days=1)
    for command in (start("https://example.com/"), replace(STOP, at=later), replace(COMPLETE, at=later)):
        await handler.handle(AC, command, METADATA)
    told = [dict(parse_qsl(row["parameters"]))["RecordingStartTime"] for row in await owed(pool)]
    assert told == ["Sun, 22 Nov 2026 21:10:22 +0000"] * 2


async def test_an_append_that_lost_its_race_owes_nothing(pool, store, handler):
    asked = start("https://example.com/", events=("absent",))
    for command in (asked, STOP):
        await handler.handle(AC, command, METADATA)

    def append(event):
        state = evolve(fold([asked.facts, STOPPED]), event)
        name, schema, data = encode(event)
        return Append(
            account_sid=AC,
            stream=RE,
            expected_version=2,
            events=[NewEvent(type=name, schema=schema, data=data, occurred_at=AT)],
            envelope=ENVELOPE,
            effects={"deliveries": plan_deliveries(AC, RE, 3, event, state, AT)},
        )

    won, lost = await store._write(AC, [append(COMPLETED), append(ABSENT)])
    assert won.version == 3
    assert isinstance(lost, VersionConflict)
    assert await owed(pool) == []


async def test_a_url_longer_than_an_index_entry_is_owed_too(pool, handler):
    url = "https://example.com/" + "".join(str(number) for number in range(3000))
    await handler.handle(AC, start(url), METADATA)
    assert [row["url"] for row in await owed(pool)] == [url]


async def test_the_projectors_role_cannot_reach_the_deliveries(pool):
    for table in ("deliveries", "pending_deliveries", "settled_deliveries"):
        rights = "SELECT, INSERT, UPDATE, DELETE, TRUNCATE"
        query = "SELECT has_table_privilege($1, $2, $3)"
        assert not await pool.fetchval(query, "recordkeeper_projector", table, rights)
        assert await pool.fetchval(query, "recordkeeper_service", table, "SELECT")


async def test_a_host_longer_than_any_name_is_owed_and_goes_nowhere(pool, handler):
    await handler.handle(AC, start(f"https://{'a.' * 1900}example.com/"), METADATA)
    assert [row["host"] for row in await owed(pool)] == [""]
