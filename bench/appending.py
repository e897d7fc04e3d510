"""A process that appends: starts of recordings at a steady pace beside the dispatcher, or as fast as it can without."""

import asyncio
import json
import os
import random
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from types import MappingProxyType

import asyncpg
import uvloop

from bench.deliveries import ACCOUNTS, STARTED
from bench.draining import ALLOWED, begin
from service.application.handler import CommandHandler
from service.application.identifiers import new_ordered_sid
from service.application.metadata import SYSTEM, Metadata
from service.application.stream_keys import EFFECT as KEEP_KEY
from service.application.stream_keys import STREAM_KEYS, sealed_callback
from service.callbacks.dispatcher import Dispatcher
from service.callbacks.enqueue import EFFECT, plan_deliveries
from service.callbacks.sender import Sender
from service.callbacks.session import open_session
from service.callbacks.target import destination_of
from service.domain.commands import StartRecording
from service.domain.events import Callback
from service.domain.recording import Recording
from service.eventstore.store import PostgresEventStore
from service.postgres.pool import open_pool
from service.projections.recordings import PROJECTION
from service.wiring.logs import configure_logs

CLIENTS = 32
HOLE_SHARE = 10
"""Of so many recordings one calls back where nobody answers, if any does."""
TICK_SECONDS = 0.002
METADATA = Metadata(actor=SYSTEM, request_id="RQ" + "0" * 32)
FACTS = MappingProxyType({field: getattr(STARTED, field) for field in STARTED.__slots__})
_number = count()


@asynccontextmanager
async def open_handler(dsn: str) -> AsyncIterator[CommandHandler]:
    async with await open_pool(dsn) as pool:
        effects = {"deliveries": EFFECT, KEEP_KEY: STREAM_KEYS}
        store = PostgresEventStore(pool, projection=PROJECTION, effects=effects)
        yield CommandHandler(store, plan_deliveries)


async def start(handler: CommandHandler, url: str | None) -> None:
    """Start a recording, which owes a delivery at once if there is a URL to tell."""
    now = datetime.now(UTC)
    callback = Callback(url=url, method="POST", events=("in-progress",), host=destination_of(url)) if url else None
    sid = new_ordered_sid("RE", now)
    sealed, key = sealed_callback(callback, sid)
    command = StartRecording(sid=sid, at=now, facts=type(STARTED)(**FACTS | {"callback": sealed}))
    await handler.handle(ACCOUNTS[next(_number) % len(ACCOUNTS)], command, METADATA, effects=key)


async def started_a_second(handler: CommandHandler, url: str | None, seconds: float) -> float:
    began, started = time.monotonic(), 0

    async def client() -> None:
        nonlocal started
        while time.monotonic() < began + seconds:
            await start(handler, url)
            started += 1

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return started / (time.monotonic() - began)


async def compare(dsn: str, url: str, seconds: str, rounds: str) -> list[tuple[float, float]]:
    """Return starts a second of recordings that owe a delivery, and of those that owe none, round by round."""
    cleaner, found = await asyncpg.connect(dsn), []
    async with open_handler(dsn) as handler:
        await begin()
        for number in range(int(rounds) + 1):
            pair = [await started_a_second(handler, told, float(seconds) if number else 1.0) for told in (url, None)]
            found.append((pair[0], pair[1]))
            await cleaner.execute("TRUNCATE pending_deliveries")
    await cleaner.close()
    return found[1:]


async def pace(dsn: str, rate: str, seconds: str, url: str, hole: str) -> dict[str, float]:
    """Start recordings, whoever keeps up, and call them back; return when each to a living host was committed."""
    committed: dict[str, float] = {}
    async with open_handler(dsn) as handler, open_session(ALLOWED) as session:
        dispatcher = Dispatcher(dsn, Sender(session, now=time.time), clock=time.monotonic, jitter=random.random)

        def note(_account: str, sid: str, state: Recording, _event: object) -> None:
            if state.started and state.started.callback and state.started.callback.host == destination_of(url):
                committed[sid] = time.monotonic()

        handler.listeners += [note, dispatcher.on_event]
        await begin()
        running, made = asyncio.create_task(dispatcher.run()), []
        began = time.monotonic()
        while (passed := time.monotonic() - began) < float(seconds):
            while len(made) < passed * float(rate):
                told = hole if hole and len(made) % HOLE_SHARE == 0 else url
                made.append(asyncio.create_task(start(handler, told)))
            await asyncio.sleep(TICK_SECONDS)
        await asyncio.gather(*made)
        print(json.dumps(committed), flush=True)
        await running
    return committed


async def main(kind: str, *told: str) -> None:
    configure_logs("json", "info")
    print(json.dumps(await (compare if kind == "compare" else pace)(*told)), flush=True)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
    os._exit(0)
