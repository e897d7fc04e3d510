"""A rebuild of every projection while callbacks are owed: it calls nobody, and changes nothing that is owed."""

import time
from dataclasses import replace
from ipaddress import ip_network

import pytest

from facts import AC, COMPLETE, START, STOP
from owing import turn
from receiver import receiver
from service.application.handler import CommandHandler
from service.application.metadata import SYSTEM, Metadata
from service.callbacks.dispatcher import Dispatcher
from service.callbacks.enqueue import EFFECT, plan_deliveries
from service.callbacks.sender import Sender
from service.callbacks.session import open_session
from service.domain.events import Callback
from service.eventstore.store import PostgresEventStore
from service.projections.policies import rebuild_policies
from service.projections.rebuild import rebuild
from service.projections.recordings import PROJECTION
from service.projections.registry import PROJECTIONS

METADATA = Metadata(actor=SYSTEM, request_id="RQ" + "1" * 32)


@pytest.fixture
def handler(pool):
    store = PostgresEventStore(pool, projection=PROJECTION, effects={"deliveries": EFFECT})
    return CommandHandler(store, plan_deliveries)


async def test_a_rebuild_of_everything_sends_nothing_and_touches_no_delivery(database, pool, handler):
    await pool.execute("INSERT INTO accounts (sid, friendly_name, auth_token) VALUES ($1, '', 'secret')", AC)
    async with receiver() as customer, open_session([ip_network("127.0.0.0/8")]) as session:
        callback = Callback(url=customer.url, method="POST", events=("in-progress", "completed"), host=None)
        for command in (replace(START, facts=replace(START.facts, callback=callback)), STOP, COMPLETE):
            await handler.handle(AC, command, METADATA)
        sender = Sender(session, now=time.time)
        dispatcher = Dispatcher(database, sender, clock=time.monotonic, jitter=lambda: 0.5)
        assert await turn(dispatcher) == 1
        before = await pool.fetch("SELECT * FROM deliveries ORDER BY sid")
        assert {row["status"] for row in before} == {"pending", "delivered"}
        for projection in PROJECTIONS.values():
            await rebuild(database, projection)
        await rebuild_policies(database)
        assert len(customer.received) == 1
        assert await pool.fetch("SELECT * FROM deliveries ORDER BY sid") == before
        assert await turn(dispatcher) == 1
        assert [received.fields["RecordingStatus"] for received in customer.received] == ["in-progress", "completed"]
