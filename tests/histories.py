"""Recordings that live through what recordings may: many at once, at random, by the domain's own decisions."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from facts import AT, COMMANDS, COMPLETE, DELETE, PAUSE, RESUME, START, STOP
from service.application.handler import CommandHandler
from service.application.identifiers import new_ordered_sid
from service.application.metadata import Actor, Metadata
from service.domain.refusals import Refusal

LIFE = (START, PAUSE, RESUME, STOP, COMPLETE, DELETE)


def metadata(account: str) -> Metadata:
    return Metadata(actor=Actor(sid=account, role="account"), request_id="RQ" + "1" * 32)


async def live_through(handler: CommandHandler, account: str, count: int, *, steps: int = 5) -> list[str]:
    """Have recordings live through the first steps of a life, a second each."""
    sids = [new_ordered_sid("RE", AT) for _ in range(count)]

    async def live(sid: str) -> None:
        for second, template in enumerate(LIFE[:steps]):
            command = replace(template, sid=sid, at=AT + timedelta(seconds=second))
            await handler.handle(account, command, metadata(account))

    for some in (sids[n : n + 200] for n in range(0, count, 200)):
        await asyncio.gather(*map(live, some))
    return sids


async def change(
    handler: CommandHandler, account: str, sids: list[str], until: Callable[[], bool], seed: int = 7
) -> int:
    """Create, update and delete recordings at random until told; return how many commands were not refused."""
    choose, done = random.Random(seed), 0  # noqa: S311 - the same choices every time
    while not until():
        if choose.random() < 0.2:
            sids.append(new_ordered_sid("RE", AT))
        at = AT + timedelta(seconds=choose.randrange(200_000))
        command = replace(choose.choice(COMMANDS), sid=choose.choice(sids), at=at)
        try:
            await handler.handle(account, command, metadata(account))
        except Refusal:
            continue
        done += 1
    return done
