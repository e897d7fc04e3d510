"""Rounds of drains: what is owed to one receiver, delivered by us, by other queues, and by the sender alone."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from bench.database import Server, within
from bench.deliveries import make_accounts, owe, owed_bytes, remember, still_owed
from bench.queues import enqueue_pgqueuer, enqueue_procrastinate
from bench.receiving import Receiver, receiver, worker
from bench.streaming import cpu_seconds

SLOWER = 10
"""A drain by procrastinate is of so many times fewer: it takes as long, and its queue is no longer than it must be."""
WARM_COUNT = 2000


@dataclass(frozen=True, slots=True)
class Drained:
    """`own_ms` and `database_ms`: CPU a delivery, of the processes that deliver and of PostgreSQL's."""

    rate: float
    own_ms: float
    database_ms: float


@dataclass(frozen=True, slots=True)
class Rounds:
    server: Server
    customer: Receiver
    ours: str
    pgqueuer: str
    procrastinate: str
    count: int

    def drain(self, kind: str, *, processes: int = 1) -> Drained:
        """Have what is owed delivered by processes of a kind, once all of them are ready."""
        count = max(100, self.count // SLOWER) if kind == "procrastinate" else self.count
        within(self.ours, lambda connection: owe(connection, self.customer.url, count))
        dsn = self._enqueued(kind, count)
        self.customer.forget()
        self.server.settle()
        with ExitStack() as stack:
            workers = [stack.enter_context(worker("bench.draining", kind, dsn)) for _ in range(processes)]
            database, own = self.server.cpu_seconds(), [cpu_seconds(process.pid) for process, _ in workers]
            for _, begin in workers:
                begin()
            self.customer.await_count(count)
            while kind == "ours" and within(dsn, still_owed):
                pass  # the last is written down a moment after it came
            took = sum(cpu_seconds(process.pid) for process, _ in workers) - sum(own)
            database = self.server.cpu_seconds() - database
        return Drained(self.customer.rate(), took / count * 1000, database / count * 1000)

    def _enqueued(self, kind: str, count: int) -> str:
        if kind == "pgqueuer":
            within(self.ours, lambda connection: enqueue_pgqueuer(connection, self.pgqueuer, count))
            return self.pgqueuer
        if kind == "procrastinate":
            within(self.ours, lambda connection: enqueue_procrastinate(connection, self.procrastinate, count))
            return self.procrastinate
        return self.ours

    def of_history(self, count: int) -> None:
        within(self.ours, lambda connection: remember(connection, count))

    def churn(self, total: int, at_once: int) -> tuple[int, int, int]:
        """Have so many delivered, as many at a time; return the size of what is owed, filled first, last, and empty."""
        dsn, sizes = self.ours, []
        within(dsn, lambda connection: owe(connection, self.customer.url, 0))
        self.customer.forget()
        with worker("bench.draining", "ours", dsn) as (_, begin):
            begin()
            for number in range(total // at_once):
                within(dsn, lambda connection: owe(connection, self.customer.url, at_once, afresh=False))
                sizes.append(within(dsn, owed_bytes))
                self.customer.await_count((number + 1) * at_once)
        return sizes[0], max(sizes), within(dsn, owed_bytes)


@contextmanager
def rounds(server: Server, seconds: float) -> Iterator[Rounds]:
    """Yield rounds of as many deliveries as the sender alone makes in so many seconds, once each kind is warm."""
    with ExitStack() as stack:
        customer = stack.enter_context(receiver())
        ours = stack.enter_context(server.database("ours"))
        others = [stack.enter_context(server.database(name, migrated=False)) for name in ("theirs_1", "theirs_2")]
        within(ours, make_accounts)
        warm = Rounds(server, customer, ours, others[0], others[1], WARM_COUNT)
        yield replace(warm, count=round(warm.drain("memory").rate * seconds))
