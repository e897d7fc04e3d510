"""Callbacks at half load: how long after its commit each is attempted, and what a kill does to them."""

import json
import time
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import quantiles

from bench.database import Server, within
from bench.deliveries import make_accounts, settled, still_owed
from bench.receiving import Receiver, receiver, worker

WARM_SECONDS = 2.0
"""Of the start, not counted: connections are opened, and a host's window grows."""
LONGEST_DRAIN = 60.0


@dataclass(frozen=True, slots=True)
class Latency:
    """In milliseconds, from the commit until the customer has the request."""

    p50: float
    p99: float
    worst: float
    count: int


@dataclass(frozen=True, slots=True)
class Killed:
    """Seconds after the kill: when the heir began, and when the last delivery came of all that was owed by then."""

    began: float
    drained: float
    owed: int
    lost: int
    duplicates: int


def latency(server: Server, rate: float, seconds: float, *, hole: bool) -> Latency:
    with server.database("latency") as dsn, receiver(notes=True) as customer:
        within(dsn, make_accounts)
        told = dsn, str(rate), str(seconds + WARM_SECONDS), customer.url, customer.hole if hole else ""
        with worker("bench.appending", "pace", *told) as (process, begin):
            begin()
            assert process.stdout
            committed: dict[str, float] = json.loads(process.stdout.readline())
            customer.await_count(len(committed))
            process.kill()  # what is under way to where nobody answers would hold up its end
        came = dict(reversed(customer.noted()))
    first = min(committed.values()) + WARM_SECONDS
    took = sorted((came[sid] - at) * 1000 for sid, at in committed.items() if at > first)
    parts = quantiles(took, n=100)
    return Latency(parts[49], parts[98], took[-1], len(took))


def kill(server: Server, rate: float, seconds: float, *, heir_waits: bool) -> Killed:
    """Kill a process that appends and calls back; another is there already, or is started then."""
    with ExitStack() as stack:
        dsn = stack.enter_context(server.database("killed"))
        customer = stack.enter_context(receiver(notes=True))
        within(dsn, make_accounts)
        told = dsn, str(rate), "3600", customer.url, ""
        victim, begin = stack.enter_context(worker("bench.appending", "pace", *told))
        if heir_waits:
            _, inherit = stack.enter_context(worker("bench.draining", "ours", dsn))
            inherit()
        begin()
        time.sleep(seconds + WARM_SECONDS)
        owed, killed = within(dsn, still_owed), time.monotonic()
        victim.kill()
        began = 0.0
        if not heir_waits:
            _, inherit = stack.enter_context(worker("bench.draining", "ours", dsn))
            began = time.monotonic() - killed
            inherit()
        return _drained(dsn, customer, killed, began, owed)


def _drained(dsn: str, customer: Receiver, killed: float, began: float, owed: int) -> Killed:
    while within(dsn, still_owed) and time.monotonic() < killed + LONGEST_DRAIN:
        time.sleep(0.05)
    told = within(dsn, settled)
    noted = customer.noted()
    first = dict(reversed(noted))
    lost = within(dsn, still_owed) + len(told - first.keys())
    return Killed(began, max(first.values()) - killed, owed, lost, len(noted) - len(first))
