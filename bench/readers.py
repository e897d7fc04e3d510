"""Eight writers and four readers of one log: each reader sees every event exactly once, in the order of positions.

  python -m bench.readers --seconds 120

The writers append in transactions of their own that are held open at random, some of them rolled back; two more only
hold transactions open. Two readers ask for what comes after their last position, two follow the stream of Server-Sent
Events; each loses its connection at random and comes back to where it was.
"""

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp
import orjson

from bench.running import Account, service
from service.application.identifiers import new_ordered_sid, new_sid
from service.eventstore.event import Append, Envelope, NewEvent
from service.eventstore.store import PostgresEventStore
from service.postgres.pool import connect
from service.projections.recordings import PROJECTION

WRITERS = 8
STREAM = ("started", "paused", "resumed", "paused")
"""None stops: the service would look for their sound."""
HELD, FAILING = 0.5, 0.1
"""Of the transactions, how many are held open and how many rolled back."""
LIVES = 1.0
"""Seconds that a connection lives, in the mean."""
SAFE = random.SystemRandom()


class RolledBackError(Exception):
    """A writer's transaction that comes to nothing."""


@dataclass
class Reader:
    """What one reader was given, and how often it lost its connection."""

    account: Account
    kind: str
    positions: list[int] = field(default_factory=list)
    losses: int = 0

    @property
    def last(self) -> int:
        return self.positions[-1] if self.positions else 0


@dataclass
class Written:
    events: int = 0
    rolled_back: int = 0
    longest: float = 0.0


async def write(dsn: str, accounts: list[Account], until: float, written: Written) -> None:
    connection = await connect(dsn)
    store = PostgresEventStore(connection, projection=PROJECTION, effects={})
    while time.monotonic() < until:
        account, sid, began = SAFE.choice(accounts), new_ordered_sid("RE", datetime.now(UTC)), time.monotonic()
        with suppress(RolledBackError):
            async with connection.transaction():
                types = STREAM[: SAFE.randint(1, len(STREAM))]
                await store.append(_append(account.sid, sid, types))
                if SAFE.random() < HELD:
                    await asyncio.sleep(SAFE.expovariate(20))
                if SAFE.random() < FAILING:
                    written.rolled_back += 1
                    raise RolledBackError
            written.events += len(types)
        written.longest = max(written.longest, time.monotonic() - began)
    await connection.close()


async def hold(dsn: str, until: float) -> None:
    """Hold one transaction after another open, with an id of its own, so that every snapshot's horizon stands."""
    connection = await connect(dsn)
    while time.monotonic() < until:
        async with connection.transaction():
            await connection.execute("SELECT pg_current_xact_id()")
            await asyncio.sleep(SAFE.uniform(0.1, 3))
    await connection.close()


def _append(account_sid: str, sid: str, types: tuple[str, ...]) -> Append:
    envelope = Envelope(
        call_sid=new_sid("CA"),
        conference_sid=None,
        actor_sid=account_sid,
        actor_role="account",
        request_id=new_sid("RQ"),
    )
    now = datetime.now(UTC)
    events = [NewEvent(type=name, schema=1, data={}, occurred_at=now) for name in types]
    return Append(account_sid=account_sid, stream=sid, expected_version=0, events=events, envelope=envelope)


async def ask(session: aiohttp.ClientSession, url: str, reader: Reader) -> None:
    """Ask once for what comes after the last position: a page of JSON, or all as lines."""
    headers = {"Authorization": reader.account.authorization}
    if reader.kind == "lines":
        headers["Accept"] = "application/x-ndjson"
    query = {"AfterPosition": str(reader.last)} | ({"PageSize": "100"} if reader.kind == "pages" else {})
    async with session.get(f"{url}/v1/Accounts/{reader.account.sid}/Events", headers=headers, params=query) as answer:
        answer.raise_for_status()
        if reader.kind == "pages":
            reader.positions += [event["position"] for event in (await answer.json())["events"]]
            return
        async for line in answer.content:
            reader.positions.append(orjson.loads(line)["position"])


async def follow(session: aiohttp.ClientSession, url: str, reader: Reader) -> None:
    """Follow the stream from the last position on until it ends."""
    headers = {"Authorization": reader.account.authorization, "Last-Event-ID": str(reader.last)}
    async with session.get(f"{url}/v1/Accounts/{reader.account.sid}/Events/Stream", headers=headers) as answer:
        answer.raise_for_status()
        async for line in answer.content:
            if line.startswith(b"data: "):
                reader.positions.append(orjson.loads(line[6:])["position"])


async def read(url: str, reader: Reader, is_done: Callable[[Reader], bool]) -> None:
    """Read until done, over connections that are lost at random."""
    async with aiohttp.ClientSession() as session:
        while not is_done(reader):
            with suppress(TimeoutError):
                async with asyncio.timeout(SAFE.expovariate(1 / LIVES)):
                    if reader.kind == "stream":
                        await follow(session, url, reader)
                    while reader.kind != "stream" and not is_done(reader):
                        await ask(session, url, reader)
                        await asyncio.sleep(SAFE.uniform(0, 0.05))
            reader.losses += 1


async def run(url: str, dsn: str, accounts: list[Account], seconds: float) -> tuple[Written, list[Reader]]:
    """Write for so long, read until everything was given; return what was written, and what each reader was given."""
    written, until, lengths = Written(), time.monotonic() + seconds, dict[str, int]()

    def is_done(reader: Reader) -> bool:
        return reader.last >= lengths.get(reader.account.sid, sys.maxsize)

    kinds = ("pages", "stream", "lines", "stream")
    readers = [Reader(accounts[at % len(accounts)], kind) for at, kind in enumerate(kinds)]
    async with asyncio.TaskGroup() as reading:
        for reader in readers:
            reading.create_task(read(url, reader, is_done))
        async with asyncio.TaskGroup() as writing:
            for _ in range(WRITERS):
                writing.create_task(write(dsn, accounts, until, written))
            for _ in range(2):
                writing.create_task(hold(dsn, until))
        connection = await connect(dsn)
        heads = await connection.fetch("SELECT account_sid, position FROM account_heads")
        lengths |= {row["account_sid"]: row["position"] for row in heads}
        await connection.close()
    return written, readers


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=120)
    with service(accounts=2) as running:
        written, readers = asyncio.run(run(running.url, running.dsn, running.accounts, parser.parse_args().seconds))
    print(f"{written.events} events by {WRITERS} writers, {written.rolled_back} transactions rolled back")
    print(f"longest transaction, with the wait for the head: {written.longest:.2f} s")
    wrong = 0
    for reader in readers:
        is_right = reader.positions == list(range(1, len(reader.positions) + 1))
        wrong += not is_right
        said = "each once, in order" if is_right else "NOT each once in order"
        print(f"{reader.kind:<7} {len(reader.positions)} events, {reader.losses} connections lost: {said}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
