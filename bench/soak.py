"""A hundred thousand callbacks to fifty hosts of which some are dead, failing or slow; again with workers killed.

Every recording owes `in-progress` and `completed` to one host. Prints what was found, and ends with status 1 when one
was never written down, lost, out of order, or told twice although its attempt's outcome was known.
"""

import argparse
import asyncio
import contextlib
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import orjson
import uvloop

from bench.soak_findings import judge
from bench.soak_hosts import FAILING, HOSTS, SILENT
from service.application.handler import CommandHandler
from service.application.identifiers import new_ordered_sid
from service.application.metadata import SYSTEM, Metadata
from service.application.stream_keys import EFFECT as KEEP_KEY
from service.application.stream_keys import STREAM_KEYS, sealed_callback
from service.callbacks.enqueue import EFFECT, plan_deliveries
from service.callbacks.target import destination_of
from service.domain.commands import CompleteRecording, StartRecording, StopRecording
from service.domain.events import Callback, RecordingCompleted, RecordingStarted
from service.domain.values import Source, StopCause, Track, Trim
from service.eventstore.store import PostgresEventStore
from service.postgres.embedded import EmbeddedServer
from service.postgres.migrate import migrate
from service.postgres.pool import open_pool
from service.projections.recordings import PROJECTION

ACCOUNTS = [f"AC{number:032x}" for number in range(8)]
AT_ONCE = 16
WORKERS = 2
KILL_SECONDS = 4.0
LONGEST = 120
"""Seconds after the last event: what is still owed to hosts that answer then counts as lost."""
METADATA = Metadata(actor=SYSTEM, request_id="RQ" + "0" * 32)
COMPLETED = RecordingCompleted(
    duration=1, samples=8000, sample_rate=8000, channels=1, size=16044, sha256="0" * 64, price=None, price_unit=None,
    peaks=(), peak_samples=0, media_url=None, encryption=None,
)  # fmt: skip


async def record(handler: CommandHandler, url: str, account: str) -> None:
    """Have one recording live its whole life: what is owed is `in-progress`, and `completed` a little later."""
    at = datetime.now(UTC)
    sid = new_ordered_sid("RE", at)
    callback = Callback(url=url, method="POST", events=("in-progress", "completed"), host=destination_of(url))
    sealed, key = sealed_callback(callback, sid)
    facts = RecordingStarted(
        call_sid="CA" + sid[2:], conference_sid=None, source=Source.OUTBOUND_API, channels=1, track=Track.BOTH,
        trim=Trim.DO_NOT_TRIM, callback=sealed, position=0, public_url="http://localhost",
    )  # fmt: skip
    await handler.handle(account, StartRecording(sid=sid, at=at, facts=facts), METADATA, effects=key)
    await handler.handle(account, StopRecording(sid=sid, at=at, cause=StopCause.API, position=1000), METADATA)
    await handler.handle(account, CompleteRecording(sid=sid, at=datetime.now(UTC), facts=COMPLETED), METADATA)


async def load(dsn: str, ports: list[int], events: int, rate: float) -> None:
    """Append recordings, so many a second, until they owe so many events."""
    async with await open_pool(dsn, max_size=4) as pool:
        handler = CommandHandler(
            PostgresEventStore(pool, projection=PROJECTION, effects={"deliveries": EFFECT, KEEP_KEY: STREAM_KEYS}),
            plan_deliveries,
        )
        began, slots = time.monotonic(), asyncio.Semaphore(AT_ONCE * 4)
        async with asyncio.TaskGroup() as recording:
            for number in range(events // 2):
                await asyncio.sleep(max(0, began + 2 * number / rate - time.monotonic()))
                await slots.acquire()
                url, account = f"http://127.0.0.1:{ports[number % HOSTS]}/cb", ACCOUNTS[number % len(ACCOUNTS)]
                task = recording.create_task(record(handler, url, account))
                task.add_done_callback(lambda _: slots.release())


class Workers:
    """Processes that call back; `killing` kills one with SIGKILL every few seconds, and begins another."""

    def __init__(self, dsn: str, log: Path) -> None:
        self._command = [sys.executable, "-m", "bench.soak_worker", dsn]
        self._log = log.open("ab")
        self._processes = [self._begin() for _ in range(WORKERS)]
        self.killed = 0

    async def killing(self) -> None:
        while True:
            await asyncio.sleep(KILL_SECONDS * random.uniform(0.5, 1.5))
            victim = random.randrange(WORKERS)
            self._processes[victim].kill()
            self._processes[victim].wait()
            self._processes[victim] = self._begin()
            self.killed += 1

    def end(self) -> None:
        for process in self._processes:
            process.send_signal(signal.SIGTERM)
        for process in self._processes:
            process.wait()
        self._log.close()

    def _begin(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, stderr=self._log)


@contextlib.contextmanager
def hosts(folder: Path) -> Iterator[list[int]]:
    """Yield the ports of the customers' hosts; what arrived is in `folder` afterwards."""
    ports = folder / "ports"
    command = [sys.executable, "-m", "bench.soak_hosts", str(ports), str(folder / "arrivals")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE)
    while not ports.exists():
        time.sleep(0.05)
    yield orjson.loads(ports.read_bytes())
    process.communicate()


async def present(connection: asyncpg.Connection) -> None:
    """Wait until the workers are there: a process that starts is no part of what is measured."""
    for _ in range(LONGEST):
        if await connection.fetchval("SELECT count(*) FROM dispatchers") == WORKERS:
            return
        await asyncio.sleep(0.5)
    sys.exit("the workers did not start")


async def soak(dsn: str, folder: Path, asked: argparse.Namespace) -> tuple[list[asyncpg.Record], int, float]:
    await migrate(dsn)
    connection = await asyncpg.connect(dsn)
    await connection.executemany(
        "INSERT INTO accounts (sid, friendly_name, auth_token) VALUES ($1, '', 'secret')", [(sid,) for sid in ACCOUNTS]
    )
    with hosts(folder) as ports:
        workers = Workers(dsn, folder / "log")
        killing = asyncio.create_task(workers.killing()) if asked.kill else None
        await present(connection)
        began = time.monotonic()
        await load(dsn, ports, asked.events, asked.rate)
        loaded = time.monotonic() - began
        # What is owed to the failing is tried again for as long as a day; a few minutes make nearly all of them.
        answering = [f"127.0.0.1:{port}" for number, port in enumerate(ports) if number not in {*SILENT, *FAILING}]
        still = "SELECT EXISTS (SELECT FROM pending_deliveries WHERE host = ANY($1))"
        for _ in range(LONGEST):
            if not await connection.fetchval(still, answering):
                break
            await asyncio.sleep(1)
        await asyncio.sleep(asked.patience)
        if killing:
            killing.cancel()
        workers.end()
    rows = await connection.fetch(
        "SELECT account_sid, recording_sid, event, host, status, attempt, jsonb_array_length(attempts) AS recorded,"
        " idempotency_token::text AS token, extract(epoch FROM created_at)::float8 AS created FROM deliveries"
    )
    await connection.close()
    return rows, workers.killed, loaded


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000, help="two a recording")
    parser.add_argument("--rate", type=float, default=500, help="events owed a second")
    parser.add_argument("--patience", type=float, default=60, help="seconds for what is tried again")
    parser.add_argument("--kill", action="store_true", help="kill a worker every few seconds")
    asked = parser.parse_args()
    with TemporaryDirectory(prefix="recordkeeper-soak-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with EmbeddedServer(folder) as dsn, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            rows, killed, loaded = runner.run(soak(dsn, folder, asked))
        arrivals = [tuple(row) for row in orjson.loads((folder / "arrivals").read_bytes())]
        ports = orjson.loads((folder / "ports").read_bytes())
    owed = asked.events // 2 * 2
    print(f"{owed:,} events owed in {loaded:.0f} s to {HOSTS} hosts; {killed} workers killed")
    raise SystemExit(0 if judge(rows, arrivals, ports, owed=owed, has_kills=asked.kill) else 1)


if __name__ == "__main__":
    main()
