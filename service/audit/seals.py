"""Makes seals: every so often a signed statement over every account's log, when anything was appended."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

import asyncpg
import structlog

from service.application.repeating import repeat
from service.audit.last_seal import LastSeal, SealNoted
from service.audit.merkle import Subtree
from service.audit.positions import NOTHING_ARCHIVED, Archive, OutOfReach, archived_hashes
from service.audit.sealed import GENESIS, SealedLog, logs_of, seal_hash, seal_statement, tree_of
from service.audit.signing import SealKey, SealKeys
from service.audit.subtrees import STORED, LogBroken, frontier_at
from service.postgres.pool import Session
from service.postgres.statement import statement

LOCK: Final = 0x7365616C
""""seal": the advisory lock of who makes one."""
BATCH: Final = 10_000
"""Events read at a time."""
POLLS: Final = 10
"""How often an interval is looked at whether it is over: another process may have sealed in the middle of it."""
MISSING: Final = (
    "the database lacks the seal that was noted last in the data folder, or has another: seals were removed, an older"
    " backup was restored, or it is another database; nothing is sealed until seal.last is taken out of the folder"
)
log = structlog.get_logger()


@dataclass(slots=True)
class _Grown:
    logs: list[SealedLog] = field(default_factory=list)
    nodes: list[tuple[str, Subtree, bytes]] = field(default_factory=list)


class Sealer:
    """Any number of processes may run one: a lock and the numbers let one seal at a time. `seconds` 0: none is made.

    Where the seal that was noted last is not in the database none is made: it would vouch for what took its place.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        keys: SealKeys,
        seconds: float,
        noted: LastSeal,
        archive: Archive = NOTHING_ARCHIVED,
    ) -> None:
        self._pool = pool
        self._keys = keys
        self._seconds = seconds
        self._noted = noted
        self._archive = archive

    async def run(self) -> None:
        if self._seconds:
            await repeat(self._turn, self._seconds / POLLS, failed="seal.failed")

    async def _turn(self) -> None:
        last = await self._pool.fetchrow(statement(__package__, "select_last_seal"))
        if last is None or last["age"] >= self._seconds:
            await self.tick()

    async def tick(self) -> int:
        """Seal what was appended since the last seal; return how many accounts' logs had grown.

        All reading comes before the first row is written: until then the transaction holds up nobody.
        """
        grown, made = 0, None
        async with self._pool.acquire() as connection, connection.transaction():
            if await connection.fetchval(statement(__package__, "lock_seals"), LOCK):
                last = await connection.fetchrow(statement(__package__, "select_last_seal"))
                if await self._goes_on(connection, last):
                    grown, made = await self._seal(connection, last)
        if made:
            # Not before the commit: what is noted is looked for ever after.
            await asyncio.to_thread(self._noted.note, made)
        return grown

    async def _goes_on(self, connection: Session, last: asyncpg.Record | None) -> bool:
        """Say whether the seal that is noted is there, and note the newest: another host may have made it."""
        noted = await asyncio.to_thread(self._noted.read)
        if noted and await connection.fetchval(statement(__package__, "select_seal_hash"), noted.n) != noted.hash:
            log.error(
                "seal.last_missing", n=noted.n, hash=noted.hash.hex(), newest=last["n"] if last else 0, error=MISSING
            )
            return False
        if last and (noted is None or noted.n < last["n"]):
            await asyncio.to_thread(self._noted.note, SealNoted(last["n"], last["hash"]))
        return True

    async def _seal(self, connection: Session, last: asyncpg.Record | None) -> tuple[int, SealNoted | None]:
        rows = await connection.fetch(statement(__package__, "select_accounts_in_force"), last["n"] if last else 0)
        sealed = await asyncio.to_thread(logs_of, rows)
        heads = await connection.fetch(statement(__package__, "select_heads"))
        lengths = {row["account_sid"]: row["position"] for row in heads}
        grown = await _grown(connection, self._archive, sealed, lengths)
        if not grown.logs:
            return 0, None
        key_id = last["key_id"] if last else None
        key = self._keys.to_sign(key_id)
        if key is None:
            log.error("seal.key_missing", key_id=key_id, accounts=len(grown.logs))
            return 0, None
        return len(grown.logs), await _write(connection, last, key, sealed, grown)


async def _grown(
    connection: Session, archive: Archive, sealed: dict[str, SealedLog], lengths: dict[str, int]
) -> _Grown:
    """Return what has grown. A log that is not what was sealed stays at its last seal, and is reported each time."""
    grown = _Grown()
    for account_sid, length in lengths.items():
        before = sealed.get(account_sid)
        if length <= (before.length if before else 0):
            continue
        try:
            made, nodes = await _extended(connection, archive, account_sid, before, length)
        except LogBroken as broken:
            log.error("seal.log_broken", account=account_sid, error=str(broken))  # noqa: TRY400 - no fault of the code
            continue
        except OutOfReach as error:
            log.error("seal.archive_not_read", account=account_sid, error=str(error))  # noqa: TRY400 - the same
            continue
        grown.logs.append(made)
        grown.nodes += nodes
    return grown


async def _extended(
    connection: Session, archive: Archive, account_sid: str, before: SealedLog | None, length: int
) -> tuple[SealedLog, list[tuple[str, Subtree, bytes]]]:
    """Return the log at `length`, and the nodes to be stored that it completes. Only new events are read."""
    frontier, nodes = await frontier_at(connection, archive, account_sid, before.length if before else 0), []
    if before and frontier.root() != before.root:
        raise LogBroken("the events that were sealed last are not those that are there")
    while frontier.size < length:
        last = min(length, frontier.size + BATCH)
        for leaf in await _hashes(connection, archive, account_sid, range(frontier.size + 1, last + 1)):
            completed = frontier.add(leaf)
            nodes += [(account_sid, subtree, found) for subtree, found in completed if subtree.level >= STORED]
    return SealedLog(account_sid=account_sid, length=length, root=frontier.root()), nodes


async def _hashes(connection: Session, archive: Archive, account_sid: str, positions: range) -> list[bytes]:
    rows = await connection.fetch(statement(__package__, "select_hashes"), account_sid, positions[0] - 1, positions[-1])
    found = {row["position"]: row["hash"] for row in rows}
    if missing := set(positions) - found.keys():
        found |= await archived_hashes(archive, account_sid, missing)
    if not found.keys() >= set(positions):
        raise LogBroken(f"an event between positions {positions[0]} and {positions[-1]} is missing")
    return [found[position] for position in positions]


async def _write(
    connection: Session,
    last: asyncpg.Record | None,
    key: SealKey,
    sealed: dict[str, SealedLog],
    grown: _Grown,
) -> SealNoted:
    n, previous_hash = (last["n"] + 1, last["hash"]) if last else (1, GENESIS)
    # In a thread: of a hundred thousand accounts it takes a second, in which nobody would be answered.
    accounts, tree = await asyncio.to_thread(
        tree_of, (sealed | {made.account_sid: made for made in grown.logs}).values()
    )
    sealed_at = await connection.fetchval(statement(__package__, "select_time"))
    facts = {
        "n": n,
        "sealed_at": sealed_at,
        "previous_hash": previous_hash,
        "accounts": len(accounts),
        "root": tree.root(),
        "key_id": key.id,
    }
    text = seal_statement(**facts)
    signed = (*facts.values(), text, key.sign(text), made := seal_hash(text))
    await connection.execute(statement(__package__, "insert_seal"), *signed)
    await connection.execute(statement(__package__, "insert_seal_key"), key.id, key.public, n)
    columns = zip(*((made.account_sid, made.length, made.root) for made in grown.logs), strict=True)
    await connection.execute(statement(__package__, "insert_seal_accounts"), n, *map(list, columns))
    await _write_nodes(connection, grown)
    log.info("seal.made", n=n, accounts=len(accounts), grown=len(grown.logs), key_id=key.id)
    return SealNoted(n, made)


async def _write_nodes(connection: Session, grown: _Grown) -> None:
    rows = [(account_sid, *subtree, found) for account_sid, subtree, found in grown.nodes]
    if rows:
        columns = zip(*rows, strict=True)
        await connection.execute(statement(__package__, "insert_merkle_nodes"), *map(list, columns))
