"""Sealers, and logs of made-up recordings, for tests of seals alone."""

import asyncio
import random
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import asyncpg

from facts import AT
from service.application.identifiers import new_ordered_sid
from service.audit.last_seal import LastSeal, SealNoted
from service.audit.seals import Sealer
from service.audit.signing import SealKeys, read_seal_keys
from service.export.archived import Archived
from stores import append, postgres_store

KEY, OTHER_KEY = read_seal_keys(f"{'11' * 32} {'22' * 32}")
LIFE = ("started", "paused", "resumed", "stopped", "completed", "deleted")


class Unnoted:
    """For a sealer without a folder: nothing is noted outside the database."""

    def read(self) -> None:
        return None

    def note(self, seal: SealNoted) -> None:
        assert seal.n > 0


def sealer(pool: asyncpg.Pool, *keys, folder: Path | None = None) -> Sealer:
    noted = LastSeal(folder) if folder else Unnoted()
    return Sealer(pool, SealKeys(keys, folder or Path("/nonexistent")), 300, noted, Archived(pool))


async def record(
    pool: asyncpg.Pool, account_sid: str, events: int, choose: random.Random, births: Sequence[datetime] = (AT,)
) -> None:
    """Append so many events of an account, in streams of random lengths, born at some of these times."""
    store, left, appends = postgres_store(pool), events, []
    while left:
        types = LIFE[: choose.randint(1, min(left, len(LIFE)))]
        appends.append(store.append(append(account_sid, new_ordered_sid("RE", choose.choice(births)), 0, *types)))
        left -= len(types)
    await asyncio.gather(*appends)


def account(number: int) -> str:
    return f"AC{number:032x}"
