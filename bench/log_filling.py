"""Logs and read models of any size, made by one statement: what the service writes, but for texts that are hashed."""

import time
from hashlib import md5
from pathlib import Path

import asyncpg
import orjson

from bench.deliveries import ACCOUNTS, STARTED
from service.application.codec import encode
from service.domain.events import RecordingCompleted, RecordingPaused, RecordingResumed, RecordingStopped
from service.domain.values import PauseBehavior, StopCause

HERE = Path(__file__).parent
BATCH = 100_000
LIFE = (
    STARTED,
    RecordingPaused(behavior=PauseBehavior.SILENCE, position=4_000),
    RecordingResumed(position=6_000),
    RecordingStopped(cause=StopCause.API, position=15_000),
    RecordingCompleted(
        duration=15,
        samples=120_000,
        sample_rate=8_000,
        channels=2,
        size=480_044,
        sha256="5" * 64,
        price="-0.0025",
        price_unit="USD",
        peaks=("7f" * 100, "3d" * 100),
        peak_samples=1_200,
        media_url=None,
        encryption=None,
    ),
)
"""What happens to every recording."""
TOLD = [
    {"version": version, "type": name, "schema": schema, "data": data}
    for version, (name, schema, data) in enumerate(map(encode, LIFE), 1)
]


def recordings_in(events: int) -> int:
    return max(1, events // len(LIFE))


async def fill_log(connection: asyncpg.Connection, events: int) -> int:
    """Return the time from which on a recording was started each millisecond."""
    first, recordings, told = time.time_ns() // 1_000_000 - events, recordings_in(events), orjson.dumps(TOLD).decode()
    text, size = (HERE / "log_events.sql").read_text(), BATCH // len(LIFE)
    for begin in range(0, recordings, size):
        end = min(recordings, begin + size)
        await connection.execute(text, begin, end, len(ACCOUNTS), len(LIFE), told, first)
    await connection.execute("VACUUM ANALYZE events")
    return first


def place_of(number: int, first: int) -> tuple[str, str]:
    """Return the SIDs of recording `number` and of its account."""
    digits = md5(str(number).encode()).hexdigest()[12:]
    return ACCOUNTS[number % len(ACCOUNTS)], f"RE{first + number:012x}{digits}"


async def fill_recordings(connection: asyncpg.Connection, recordings: int) -> None:
    first = time.time_ns() // 1_000_000 - recordings
    await connection.execute((HERE / "log_recordings.sql").read_text(), recordings, ACCOUNTS[0], first)
    await connection.execute("VACUUM ANALYZE recordings")
