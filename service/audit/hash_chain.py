"""Follows an account's hash chain from its first event to its head, and holds it against what was sealed of it."""

import asyncpg
import orjson

from service.audit.fault import Fault, Told, untold
from service.audit.marks import Mark, Marks
from service.audit.merkle import Subtree
from service.audit.positions import NOTHING_ARCHIVED, Archive, archived_hashes, by_position
from service.audit.subtrees import LogBroken, frontier_at
from service.eventstore.event import GENESIS, Row, canonical_json, chained
from service.postgres.pool import Session
from service.postgres.statement import statement

PREFETCH = 1000


async def first_breaks(
    pool: asyncpg.Pool, told: Told = untold, since_seal: int = 0, archive: Archive = NOTHING_ARCHIVED
) -> list[Fault]:
    """Return the first fault of each account whose log is not what its hashes and its seals say; empty when all hold.

    What was appended before `since_seal` is taken for what that seal says of it. Raises OutOfReach.
    """
    accounts = await pool.fetch(statement(__package__, "select_known_accounts"))
    faults = []
    async with pool.acquire() as connection:
        for row in accounts:
            # One snapshot of an account's head, seals and events: appends go on meanwhile.
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                # Taken before it: what is archived meanwhile would be in neither.
                await connection.execute("LOCK TABLE events IN ACCESS SHARE MODE")
                found = await _first_break(connection, row["account_sid"], told, since_seal, archive)
            faults += [found] if found else []
    return faults


async def _first_break(
    connection: Session, account_sid: str, told: Told, since_seal: int, archive: Archive
) -> Fault | None:
    rows = await connection.fetch(statement(__package__, "select_marks"), account_sid)
    nodes = await connection.fetch(statement(__package__, "select_stored_nodes"), account_sid)
    stored = {Subtree(row["level"], row["number"]): row["hash"] for row in nodes}
    marks, previous = Marks(account_sid, [Mark(*row) for row in rows], stored), GENESIS
    begin = marks.length_at(since_seal)
    if begin:
        try:
            marks.skip(await frontier_at(connection, archive, account_sid, begin))
        except LogBroken as broken:
            return Fault(what=str(broken), account_sid=account_sid, seal=since_seal)
        kept = await connection.fetchval(statement(__package__, "select_hash"), account_sid, begin)
        previous = kept or (await archived_hashes(archive, account_sid, [begin])).get(begin, GENESIS)
    return marks.fault or await _follow(connection, account_sid, marks, previous, told, archive)


async def _follow(
    connection: Session, account_sid: str, marks: Marks, previous: bytes, told: Told, archive: Archive
) -> Fault | None:
    expected, query = marks.size + 1, statement(__package__, "select_chain")
    head = await connection.fetchrow(statement(__package__, "select_head"), account_sid)
    kept = connection.cursor(query, account_sid, marks.size, prefetch=PREFETCH)
    async for row in by_position(kept, archive.chain(account_sid, marks.size)):
        if what := _fault(row, previous, expected):
            return Fault(what=what, account_sid=account_sid, position=expected)
        if found := marks.take(row["hash"]):
            return found
        previous, expected = row["hash"], expected + 1
        told(1)
    if found := marks.at_end():
        return found
    if head is None:
        return Fault(what="the account's head is missing", account_sid=account_sid, position=expected)
    if (head["position"], head["hash"]) != (expected - 1, previous):
        what = f"the log ends where its head does not: that says {head['position']}"
        return Fault(what=what, account_sid=account_sid, position=min(expected, head["position"] + 1))
    return None


def _fault(row: Row, previous: bytes, expected: int) -> str | None:
    if row["position"] != expected:
        repeated = row["position"] < expected
        return f"position {row['position']} is there twice" if repeated else "the event is missing"
    if row["previous_hash"] != previous:
        return "the previous hash is not that of the event before"
    if row["hash"] != chained(previous, row["position"], row["recorded_at"], row["canonical"]):
        return "the event does not have the hash it is stored under"
    return None if _columns_hold(row) else "a column says something else than the hashed text"


def _columns_hold(row: Row) -> bool:
    try:
        said, data = orjson.loads(row["canonical"]), orjson.loads(row["data"])
    except ValueError:
        return False
    names = ("account_sid", "recording_sid", "version", "type", "schema", "call_sid", "conference_sid", "request_id")
    columns = {name: row[name] for name in (*names, "causation_id", "correlation_id", "occurred_at")}
    columns |= {"data": data, "actor": {"sid": row["actor_sid"], "role": row["actor_role"]}}
    return canonical_json(columns) == row["canonical"] or _same(columns, said)


def _same(one: object, other: object) -> bool:
    """Compare as JSON does, to which true and 1 are two things, and 1 and 1.0 one."""
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
        case list(), list():
            return len(one) == len(other) and all(map(_same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other
