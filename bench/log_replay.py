"""What it takes to have every recording from its events: by the domain, by one statement, by another library."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import asyncpg
import uvloop

from bench.database import Server, within
from bench.log_filling import fill_log, place_of, recordings_in
from bench.log_library import fill, library, replay_log, replay_streams
from bench.rebuild import HEADS, RECORDINGS
from service.application.codec import decode
from service.domain.recording import fold
from service.eventstore.store import PostgresEventStore
from service.postgres.pool import open_pool
from service.projections.rebuild import rebuild
from service.projections.recordings import PROJECTION

TABLE = "recordings_made"
REBUILD = "WITH appended AS (SELECT * FROM events)\n" + (
    PROJECTION.partition("\nON CONFLICT")[0].replace("INTO recordings", f"INTO {TABLE}")
)
"""The statement that rebuilds, over the whole log at once."""


def rate_of(events: int, replay: Callable[[], int]) -> float:
    began = time.monotonic()
    if (replayed := replay()) != events:
        raise AssertionError(f"{replayed} events replayed instead of {events}")
    return events / (time.monotonic() - began)


@contextmanager
def ways(on: Server, events: int) -> Iterator[dict[str, Callable[[], float]]]:
    """Yield each way, by name: called, it returns events a second of one whole replay."""
    events = recordings_in(events) * 5
    with on.database("ours") as dsn, on.database("theirs", migrated=False) as other, library(other) as log:
        first, ids = within(dsn, lambda connection: fill_log(connection, events)), fill(log, events)
        within(dsn, lambda connection: connection.execute(HEADS))
        within(other, lambda connection: connection.execute("VACUUM ANALYZE"))
        on.settle()
        yield {
            "the domain, stream by stream": lambda: rate_of(events, lambda: uvloop.run(_fold(dsn, events, first))),
            "eventsourcing, stream by stream": lambda: rate_of(events, lambda: replay_streams(log, ids)),
            "eventsourcing, the log in its order": lambda: rate_of(events, lambda: replay_log(log)),
            "the rebuild's statement": lambda: within(dsn, lambda connection: _made(connection, events)),
            "a rebuild, online": lambda: events / uvloop.run(rebuild(dsn, RECORDINGS)).seconds,
        }


async def _fold(dsn: str, events: int, first: int) -> int:
    """Return how many events it took to have every recording, one after the other."""
    replayed = 0
    async with await open_pool(dsn) as pool:
        store = PostgresEventStore(pool, projection=PROJECTION, effects={})
        for number in range(recordings_in(events)):
            stream = await store.read_stream(*place_of(number, first))
            replayed += fold(map(decode, stream)).version
    return replayed


async def _made(connection: asyncpg.Connection, events: int) -> float:
    """Return events a second into a new table with the read model's indexes."""
    await connection.execute("SET jit = off; SET work_mem = '64MB'")
    await connection.execute(f"CREATE TABLE {TABLE} (LIKE recordings INCLUDING ALL)")
    began = time.monotonic()
    await connection.execute(REBUILD)
    took = time.monotonic() - began
    made = await connection.fetchval(f"SELECT count(*) FROM {TABLE}")
    await connection.execute(f"DROP TABLE {TABLE}")
    await connection.execute("CHECKPOINT")
    if made != recordings_in(events):
        raise AssertionError(f"{made} recordings made of {events} events")
    return events / took
