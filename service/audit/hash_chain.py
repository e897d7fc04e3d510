"""Follows an account's hash chain from its first event to its head."""

from dataclasses import dataclass

import asyncpg

from service.audit.positions import Archived, by_position, nothing_archived
from service.eventstore.event import GENESIS, Row, event_hash
from service.postgres.statement import statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    account_sid: str
    position: int
    what: str


async def first_breaks(pool: asyncpg.Pool, archived: Archived = nothing_archived) -> list[Break]:
    """Return the first bad position of each account whose log is not what its hashes say; empty when all hold."""
    heads = await pool.fetch(statement(__package__, "select_heads"))
    breaks = [await _follow(pool, archived, head["account_sid"], head["position"], head["hash"]) for head in heads]
    return [found for found in breaks if found]


async def _follow(
    pool: asyncpg.Pool, archived: Archived, account_sid: str, length: int, last_hash: bytes
) -> Break | None:
    previous, expected = GENESIS, 1
    query = statement(__package__, "select_chain")
    async with pool.acquire() as connection, connection.transaction():
        async for row in by_position(connection.cursor(query, account_sid), archived(account_sid)):
            what = _fault(row, previous, expected)
            if what:
                return Break(account_sid=account_sid, position=expected, what=what)
            previous, expected = row["hash"], expected + 1
    if expected - 1 != length or previous != last_hash:
        return Break(account_sid=account_sid, position=expected, what=f"the log ends here; its head says {length}")
    return None


def _fault(row: Row, previous: bytes, expected: int) -> str | None:
    if row["position"] != expected:
        return f"the event is missing; position {row['position']} follows"
    if row["previous_hash"] != previous:
        return "the previous hash is not that of the event before"
    if row["hash"] != event_hash(previous, row["position"], row["recorded_at"], row["canonical"]):
        return "the event does not have the hash it is stored under"
    if not row["columns_hold"]:
        return "a column says something else than the hashed text"
    return None
