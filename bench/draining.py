"""A process that delivers what is owed: our dispatcher, another queue's worker, or the sender with no database."""

import asyncio
import gc
import os
import random
import signal
import sys
import time
from contextlib import suppress
from ipaddress import ip_network

import asyncpg
import uvloop

from bench.deliveries import PENDING
from bench.queues import Post, run_pgqueuer, run_procrastinate
from service.callbacks.dispatcher import Dispatcher
from service.callbacks.outcome import Delivered
from service.callbacks.sender import Notice, Sender
from service.callbacks.session import open_session
from service.callbacks.signature import Keys
from service.wiring.logs import configure_logs

ALLOWED = [ip_network("127.0.0.0/8")]
MEMORY_AT_ONCE = 64
"""The limit is what the client does at its best, whatever the dispatcher has under way. Twice as many are no faster."""


async def begin() -> None:
    """Say that this process is ready, and wait until it may begin."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)  # as the process that serves does; here all have it
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)


def posting(sender: Sender) -> Post:
    async def post(told: list[str]) -> None:
        url, method, parameters, token, auth_token = told
        notice = Notice(url=url, method=method, parameters=parameters, idempotency_token=token)
        outcome = await sender.send(notice, Keys(auth_token=auth_token))
        assert isinstance(outcome, Delivered)

    return post


async def run_memory(dsn: str, post: Post) -> None:
    """Post what is owed as fast as the sender can, and write nothing down."""
    connection = await asyncpg.connect(dsn)
    told = iter([list(row.values()) for row in await connection.fetch(PENDING)])
    await connection.close()
    await begin()

    async def one_after_the_other() -> None:
        for each in told:
            await post(each)

    await asyncio.gather(*(one_after_the_other() for _ in range(MEMORY_AT_ONCE)))


async def run_ours(dsn: str, sender: Sender) -> None:
    dispatcher, ended = Dispatcher(dsn, sender, clock=time.monotonic, jitter=random.random), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await begin()
    running = asyncio.create_task(dispatcher.run())
    await ended.wait()
    await dispatcher.drain()
    await running


async def main(kind: str, dsn: str) -> None:
    configure_logs("json", "info")
    async with open_session(ALLOWED) as session:
        sender = Sender(session, now=time.time)
        match kind:
            case "ours":
                await run_ours(dsn, sender)
            case "memory":
                await run_memory(dsn, posting(sender))
            case "pgqueuer":
                await begin()
                await run_pgqueuer(dsn, posting(sender))
            case "procrastinate":
                await begin()
                await run_procrastinate(dsn, posting(sender))


if __name__ == "__main__":
    with suppress(asyncio.CancelledError):
        uvloop.run(main(*sys.argv[1:]))
    sys.stdout.flush()
    os._exit(0)
