"""The loop that finishes recordings: what it does with what it is given to do."""

import asyncio
from uuid import uuid4

from facts import AC, RE
from service.media.finisher import Finisher
from service.media.finishings import Claim


class Workers:
    number = 2

    def close(self) -> None: ...


class WorkList:
    """Gives the same recording each time, as when leases run out while the database cannot be told of the living."""

    async def add_overdue(self, most: int) -> None: ...

    async def renew(self, claims) -> None: ...

    async def remove(self, key, claim_id) -> None: ...

    async def claim(self, most: int) -> list[Claim]:
        return [
            Claim(account_sid=AC, recording_sid=RE, claim_id=uuid4(), attempts=1, was_lost=True, is_all=True)
            for _ in range(most)
        ]


class Attempts:
    def __init__(self) -> None:
        self.begun, self.may_end = 0, asyncio.Event()

    async def make(self, claim: Claim) -> None:
        assert claim.key == (AC, RE)
        self.begun += 1
        await self.may_end.wait()


async def test_a_recording_is_finished_once_at_a_time_even_when_its_lease_ran_out():
    attempts = Attempts()
    finisher = Finisher(WorkList(), attempts, Workers())
    for _ in range(2):
        await finisher.tick()
        await asyncio.sleep(0)
    assert attempts.begun == 1
    attempts.may_end.set()
    await finisher.drain()
    await finisher.tick()
    await finisher.drain()
    assert attempts.begun == 2
