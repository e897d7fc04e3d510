"""What is counted, and how Prometheus reads it: the figures of every process on the data folder, as one."""

import asyncio
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import asyncpg
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from service.application.repeating import repeat
from service.callbacks.attempted import Attempted
from service.callbacks.outcome import Delivered, Discarded
from service.callbacks.queue import Queue, measure_queue
from service.postgres.pool import DATABASE_LOST

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE"})
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15)
LONGER = (*SECONDS, 60, 300, 3600, 86400)
WRITE_SECONDS = 1.0
REMEMBERED_SECONDS = 1.0
"""The path is open: however often it is asked, the database is asked once in that time."""
QUEUE = (
    ("recordkeeper_callbacks_pending", "Callbacks owed."),
    ("recordkeeper_callbacks_due", "Callbacks that could be attempted now; not counted beyond 10000."),
    ("recordkeeper_callback_oldest_due_seconds", "For how long the callback has been due that has been longest."),
)


class Meters:
    """No label is ever a host or an account: what is counted stays small.

    What happens often is added up here, and written to the process's files once a second: that takes ten times longer.
    """

    def __init__(self, folder: Path, pool: asyncpg.Pool) -> None:
        self._folder, self._pool = folder, pool
        self._attempts = _Tally("recordkeeper_callback_attempts", "Attempts by what came of them.", "outcome", "kind")
        self._requests = _Tally("recordkeeper_requests", "Requests answered.", "method", "status")
        first = "From an event's append to the first attempt."
        self._first = _Times("recordkeeper_callback_first_attempt_seconds", first, LONGER)
        self._took = _Times("recordkeeper_callback_attempt_seconds", "How long attempts took.", SECONDS)
        self._hosts_paused = Gauge(
            "recordkeeper_callback_hosts_paused",
            "Hosts left alone because they answer nothing, summed over processes.",
            multiprocess_mode="livesum",
            registry=None,
        )
        self._queue: tuple[float, Queue | None] = (0.0, None)
        self._measuring = asyncio.Lock()

    def attempted(self, attempted: Attempted, moved: bool) -> None:  # noqa: FBT001 - what the dispatcher tells
        self._attempts.counted[attempted.status if moved else "taken-over", _kind(attempted)] += 1
        self._took.observe(attempted.duration_ms / 1000)
        if attempted.first_after is not None:
            self._first.observe(attempted.first_after)

    def answered(self, method: str, status: int) -> None:
        self._requests.counted[method if method in METHODS else "other", str(status)] += 1

    def write(self) -> None:
        for one in (self._attempts, self._requests, self._first, self._took):
            one.write()

    async def run(self, hosts_paused: Callable[[], int]) -> None:
        """Write once a second what was counted, and how many hosts are paused."""

        async def turn() -> None:
            self.write()
            self._hosts_paused.set(hosts_paused())

        await repeat(turn, WRITE_SECONDS, failed="meters.failed")

    async def exposition(self) -> bytes:
        """Return the figures as text; without the queue's while the database is out of reach."""
        async with self._measuring:
            measured_at, queue = self._queue
            if time.monotonic() > measured_at + REMEMBERED_SECONDS or queue is None:
                queue = await self._measured()
                self._queue = time.monotonic(), queue
        self.write()
        return await asyncio.to_thread(self._written, queue)

    async def _measured(self) -> Queue | None:
        try:
            return await measure_queue(self._pool)
        except DATABASE_LOST:
            return None

    def _written(self, queue: Queue | None) -> bytes:
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=str(self._folder))  # type: ignore[no-untyped-call] # as the library has it
        registry.register(_Measured(queue))
        return generate_latest(registry)


class _Tally:
    def __init__(self, name: str, said: str, *labels: str) -> None:
        self._counter = Counter(name, said, labels, registry=None)
        self.counted: defaultdict[tuple[str, str], int] = defaultdict(int)

    def write(self) -> None:
        for labels, count in self.counted.items():
            self._counter.labels(*labels).inc(count)
        self.counted.clear()


class _Times:
    def __init__(self, name: str, said: str, bounds: Sequence[float]) -> None:
        self._histogram = Histogram(name, said, buckets=bounds, registry=None)
        self._bounds = bounds
        self._clear()

    def observe(self, seconds: float) -> None:
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self._sum += seconds

    def write(self) -> None:
        histogram = self._histogram
        for bucket, count in zip(histogram._buckets, self._counts, strict=True):  # noqa: SLF001 - it takes one at a time
            if count:
                bucket.inc(count)
        histogram._sum.inc(self._sum)  # noqa: SLF001 - the same
        self._clear()

    def _clear(self) -> None:
        self._counts, self._sum = [0] * (len(self._bounds) + 1), 0.0


class _Measured(Collector):
    def __init__(self, queue: Queue | None) -> None:
        self._queue = queue

    def collect(self) -> Iterable[Metric]:
        for (name, said), value in zip(QUEUE, self._queue or (), strict=False):
            yield GaugeMetricFamily(name, said, value=value)


def _kind(attempted: Attempted) -> str:
    match attempted.outcome:
        case Delivered(http_status=status):
            return f"{status // 100}xx"
        case Discarded():
            return "forbidden"
        case failed:
            return f"{failed.http_status // 100}xx" if failed.http_status else failed.failure.name.lower()
