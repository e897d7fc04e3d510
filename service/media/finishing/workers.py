"""Processes of their own for work that would keep the event loop, and the calls it captures, waiting."""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import ParamSpec, TypeVar

NICENESS = 5
"""Live calls come first; at 10 recordings waited for minutes on a busy machine (bench/media.py)."""
Given = ParamSpec("Given")
Returned = TypeVar("Returned")


class WorkerDied(Exception):  # noqa: N818 - what happened
    """The process that finished the recording died."""


class Workers:
    """`number` processes, each started when first needed and again after its death."""

    def __init__(self, number: int) -> None:
        self._idle: asyncio.LifoQueue[ProcessPoolExecutor] = asyncio.LifoQueue()
        self.number = number
        for _ in range(number):
            self._idle.put_nowait(_process())

    async def run(self, work: Callable[Given, Returned], *args: Given.args, **kwargs: Given.kwargs) -> Returned:
        """Return what `work` returns; it and its arguments are pickled. Raises what it raises, and WorkerDied."""
        process = await self._idle.get()
        try:
            return await asyncio.wrap_future(process.submit(work, *args, **kwargs))
        except BrokenProcessPool:
            process.shutdown(wait=False)
            process = _process()
            raise WorkerDied from None
        finally:
            self._idle.put_nowait(process)

    def close(self) -> None:
        """End the processes; what they work on is not waited for."""
        while not self._idle.empty():
            self._idle.get_nowait().shutdown(wait=False, cancel_futures=True)


def _process() -> ProcessPoolExecutor:
    # Spawned: a fork would take the event loop's threads, locks and sockets with it.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, mp_context=context, initializer=_begin)


def _begin() -> None:
    """Make the process one that stops only when told to by its parent, and with it."""
    os.nice(NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent()


def die_with_parent() -> None:
    """End this process at once when its parent does, however that ends."""
    if parent := multiprocessing.parent_process():
        threading.Thread(target=_die_with, args=(parent.sentinel,), daemon=True).start()


def _die_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
