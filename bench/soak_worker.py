"""A process that does nothing but call back, for the soak: killed and replaced every few seconds."""

import asyncio
import random
import signal
import sys
import time
from ipaddress import ip_network

import uvloop

from service.callbacks.dispatcher import Dispatcher
from service.callbacks.sender import Sender
from service.callbacks.session import open_session
from service.wiring.logs import configure_logs


async def work(dsn: str) -> None:
    async with open_session([ip_network("127.0.0.0/8")]) as session:
        dispatcher = Dispatcher(dsn, Sender(session, now=time.time), clock=time.monotonic, jitter=random.random)
        running = asyncio.create_task(dispatcher.run())
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await stop.wait()
        await dispatcher.drain()
        await running


if __name__ == "__main__":
    configure_logs("json", "info")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work(sys.argv[1]))
