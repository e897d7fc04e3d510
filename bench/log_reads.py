"""Reads of a long log and a long list, one client after the other: how long each takes."""

import random
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from statistics import median

import asyncpg
import uvloop

from bench.database import Server, within
from bench.deliveries import ACCOUNTS
from bench.log_filling import fill_log, fill_recordings, place_of, recordings_in
from service.application.paging import Cursor
from service.audit.choice import EventFilter, Stretch
from service.audit.events import Events
from service.postgres.pool import open_pool
from service.projections.recordings import RecordingFilter, Recordings

PAGE = 50
LIMIT = 100
Read = Callable[[], Awaitable[object]]
Pair = tuple[float, float]


def audits(on: Server, sizes: tuple[int, int], seconds: float, rounds: int) -> list[Pair]:
    """Return the milliseconds of asking for one recording's events in a small log and in a large one, by round."""
    with ExitStack() as stack:
        logs = []
        for size in sizes:
            dsn = stack.enter_context(on.database(f"log_of_{size}"))
            logs.append((dsn, within(dsn, lambda connection, size=size: fill_log(connection, size)), size))
        on.settle()
        return uvloop.run(_audits(logs, seconds, rounds))


async def _audits(logs: list[tuple[str, int, int]], seconds: float, rounds: int) -> list[Pair]:
    pools = [await open_pool(dsn) for dsn, _, _ in logs]

    def asking(pool: asyncpg.Pool, first: int, size: int) -> Read:
        async def ask() -> None:
            account_sid, sid = place_of(random.randrange(recordings_in(size)), first)
            found = await Events(pool).page(account_sid, EventFilter(recording_sid=sid), Stretch(), LIMIT)
            if not found:
                raise AssertionError(f"no events of {sid}")

        return ask

    small, large = (asking(pool, first, size) for pool, (_, first, size) in zip(pools, logs, strict=True))
    found = await _alternating(small, large, seconds, rounds)
    for pool in pools:
        await pool.close()
    return found


def pages(on: Server, recordings: int, number: int, seconds: float, rounds: int) -> list[Pair]:
    """Return the milliseconds of an account's first page and of page `number`, by round."""
    with on.database("long_list") as dsn:
        within(dsn, lambda connection: fill_recordings(connection, recordings))
        on.settle()
        return uvloop.run(_pages(dsn, number, seconds, rounds))


async def _pages(dsn: str, number: int, seconds: float, rounds: int) -> list[Pair]:
    async with await open_pool(dsn) as pool:
        listed, cursor = Recordings(pool), None
        for _ in range(number - 1):
            page = await listed.page(ACCOUNTS[0], RecordingFilter(), cursor, PAGE)
            cursor = Cursor(sid=page.rows[-1].sid)

        def reading(cursor: Cursor | None) -> Read:
            return lambda: listed.page(ACCOUNTS[0], RecordingFilter(), cursor, PAGE)

        return await _alternating(reading(None), reading(cursor), seconds, rounds)


async def _alternating(one: Read, other: Read, seconds: float, rounds: int) -> list[Pair]:
    for read in (one, other):
        await _milliseconds(read, 1)
    return [(await _milliseconds(one, seconds), await _milliseconds(other, seconds)) for _ in range(rounds)]


async def _milliseconds(read: Read, seconds: float) -> float:
    """Return the median of all that are read in that time."""
    took, until = [], time.monotonic() + seconds
    while (began := time.monotonic()) < until:
        await read()
        took.append(1000 * (time.monotonic() - began))
    return median(took)
