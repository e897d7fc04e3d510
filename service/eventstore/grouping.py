"""Appends that arrive while another is being written wait together, and are written together."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from service.eventstore.event import Append, Appended

LARGEST_GROUP = 64
"""Appends a statement: beyond this the lock is held long, and measured throughput gains no more."""

Write = Callable[[str, Sequence[Append]], Awaitable[list[Appended | Exception]]]
Waiting = deque[tuple[Append, "asyncio.Future[Appended]"]]


class Grouping:
    """One account's appends are ordered by its head row's lock, so that one writer an account loses nothing.

    While it writes one group, the next gathers: no append waits for a timer, and a busy account pays for one
    lock and one commit a group instead of one each.
    """

    def __init__(self, write: Write) -> None:
        self._write = write
        self._waiting: dict[str, Waiting] = {}
        self._writers: set[asyncio.Task[None]] = set()

    async def submit(self, account_sid: str, append: Append) -> Appended:
        outcome: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()
        if account_sid in self._waiting:
            self._waiting[account_sid].append((append, outcome))
        else:
            self._waiting[account_sid] = deque([(append, outcome)])
            writer = asyncio.create_task(self._drain(account_sid))
            self._writers.add(writer)
            writer.add_done_callback(self._writers.discard)
        return await outcome

    async def _drain(self, account_sid: str) -> None:
        waiting = self._waiting[account_sid]
        while waiting:
            group = [waiting.popleft() for _ in range(min(len(waiting), LARGEST_GROUP))]
            try:
                results = await self._write(account_sid, [append for append, _ in group])
            except Exception as error:  # noqa: BLE001 - whatever failed, each waiting caller must hear of it
                results = [error] * len(group)
            for (_, outcome), result in zip(group, results, strict=True):
                _settle(outcome, result)
        del self._waiting[account_sid]


def _settle(outcome: "asyncio.Future[Appended]", result: Appended | Exception) -> None:
    if outcome.done():
        return
    if isinstance(result, Exception):
        outcome.set_exception(result)
    else:
        outcome.set_result(result)
