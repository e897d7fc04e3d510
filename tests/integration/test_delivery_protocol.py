"""Claim, attempt, record, with a crash possible between any two: the real statements, in every order that is found.

`docs/models/delivery.pml` has the same protocol as a model that is searched whole.
"""

import asyncio
from collections import defaultdict
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from facts import AC
from service.callbacks.attempted import Attempted
from service.callbacks.hosts import Hosts
from service.callbacks.outcome import Delivered, Failed, Failure
from service.callbacks.presence import Presence
from service.callbacks.results import Results

WHO = some.sampled_from([0, 1])
URL = "https://example.com/#rc=5&rp=all"
OWE = (
    "INSERT INTO pending_deliveries (account_sid, sid, recording_sid, event_version, event, occurred_at, url, method,"
    " parameters, host, idempotency_token) VALUES ($1, $2, $3, $4, 'completed', now(), $5, 'POST', '', 'a:80', $6)"
)
FAILURE = Failed(failure=Failure.SERVER_ERROR, error_code=11200, error="the receiver answered 500", http_status=500)


class Process:
    """One dispatcher, a step at a time: what it claimed and has not sent, and what it sent and has not recorded."""

    def __init__(self, dsn):
        self.presence = Presence(dsn, lambda: None)
        self.moved = []
        self.results = Results(dsn, lambda attempted, moved: self.moved.append((attempted.claim["sid"], moved)))
        self.claimed = {}
        self.sent = []

    async def claim(self):
        for row in await self.presence.claim(*Hosts(lambda: 0.0).room()):
            self.claimed[row["sid"]] = row

    async def record(self):
        for row, outcome in self.sent:
            self.results.add(Attempted.of(row, URL, outcome, waited=0.0, seconds=0.01, jitter=0.5))
        self.sent = []
        while await self.results.tick():
            pass

    async def end(self):
        """Be gone as a killed process is: nothing is said, and the server sees its sessions end."""
        for session in (self.presence._session, self.results._session):
            if session:
                await session.close()


class Protocol(RuleBasedStateMachine):
    dsn: str
    loop: asyncio.AbstractEventLoop

    def __init__(self):
        super().__init__()
        self.owner = self.run(asyncpg.connect(self.dsn))
        self.run(self.owner.execute("TRUNCATE pending_deliveries, settled_deliveries, dispatchers"))
        self.processes = [Process(self.dsn), Process(self.dsn)]
        self.versions = defaultdict(int)
        self.owed = {}
        self.arrived = []
        self.taken = set()

    def run(self, work):
        return self.loop.run_until_complete(work)

    @rule(recording=WHO)
    def an_event_owes(self, recording):
        self.versions[recording] += 1
        token = uuid4()
        sid, version = f"DL{token.hex}", self.versions[recording]
        self.run(self.owner.execute(OWE, AC, sid, f"RE{recording:032x}", version, URL, token))
        self.owed[sid] = (recording, version)

    @rule(who=WHO)
    def one_claims(self, who):
        self.run(self.processes[who].claim())

    @precondition(lambda self: any(process.claimed for process in self.processes))
    @rule(choice=some.randoms(use_true_random=False), answer=some.sampled_from(["taken", "failed", "lost"]))
    def one_sends(self, choice, answer):
        process = choice.choice([process for process in self.processes if process.claimed])
        row = process.claimed.pop(choice.choice(sorted(process.claimed)))
        self.arrived.append(self.owed[row["sid"]])
        if answer != "failed":
            self.taken.add(row["sid"])
        process.sent.append((row, Delivered(http_status=200) if answer == "taken" else FAILURE))

    @rule(who=WHO)
    def one_records(self, who):
        self.run(self.processes[who].record())

    @rule(who=WHO)
    def one_is_killed_and_replaced(self, who):
        self.run(self.processes[who].end())
        self.processes[who] = Process(self.dsn)

    @rule(who=WHO)
    def one_buries_the_dead(self, who):
        self.run(self.processes[who].presence.bury())

    @rule()
    def leases_run_out(self):
        # A request ends before its lease does, and none begins when too little of it is left.
        for process in self.processes:
            process.claimed.clear()
        self.run(self.owner.execute("UPDATE pending_deliveries SET claimed_until = now()"))

    @rule()
    def time_passes(self):
        self.run(self.owner.execute("UPDATE pending_deliveries SET due_at = now()"))

    @invariant()
    def no_event_arrives_after_a_later_one(self):
        latest = defaultdict(int)
        for recording, version in self.arrived:
            assert version >= latest[recording], self.arrived
            latest[recording] = version

    def teardown(self):
        self.leases_run_out()
        for _ in range(4 * (len(self.owed) + 1)):
            self.time_passes()
            self.one_buries_the_dead(0)
            self.one_claims(0)
            while self.processes[0].claimed:
                sid, row = self.processes[0].claimed.popitem()
                self.taken.add(sid)
                self.arrived.append(self.owed[sid])
                self.processes[0].sent.append((row, Delivered(http_status=200)))
            for who in (0, 1):
                self.one_records(who)
        query = "SELECT sid, status, attempt, jsonb_array_length(attempts) AS recorded FROM deliveries"
        rows = self.run(self.owner.fetch(query))
        self.run(self.owner.close())
        for process in self.processes:
            self.run(process.end())
        self.no_event_arrives_after_a_later_one()
        assert {row["sid"] for row in rows} == set(self.owed), "none lost, none twice"
        for row in rows:
            arrivals = self.arrived.count(self.owed[row["sid"]])
            assert row["recorded"] <= arrivals <= row["attempt"]
            assert row["status"] == "failed" or (row["status"] == "delivered" and row["sid"] in self.taken)


@pytest.fixture
def loop():
    with asyncio.Runner() as runner:
        yield runner.get_loop()


def test_whatever_is_killed_nothing_is_lost_or_out_of_order(database, loop):
    async def account():
        owner = await asyncpg.connect(database)
        await owner.execute("INSERT INTO accounts (sid, friendly_name, auth_token) VALUES ($1, '', 'secret')", AC)
        await owner.close()

    loop.run_until_complete(account())
    run_state_machine_as_test(
        type("Bound", (Protocol,), {"dsn": database, "loop": loop}),
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
