"""The hashes of an account's Merkle tree, from the nodes that are stored and, below those, from the log."""

from collections.abc import Iterable
from typing import Final

from service.audit.merkle import Frontier, Span, Subtree, joined, subtrees
from service.audit.positions import Archive, archived_hashes
from service.postgres.pool import Database
from service.postgres.statement import statement

STORED: Final = 8
"""From this level up nodes are stored: 256 events are read for what lies below one."""


class Unproved(Exception):  # noqa: N818 - an answer
    """No proof can be given; the message says why."""


class LogBroken(Unproved):
    """An account's log is not what was sealed; the message says what was seen of it."""


async def hashes_over(database: Database, archive: Archive, account_sid: str, spans: Iterable[Span]) -> list[bytes]:
    """Return the hash over each span of an account's tree. Raises LogBroken when a part is missing, OutOfReach."""
    pieces = [subtrees(span) for span in spans]
    wanted = {piece for found in pieces for piece in found}
    query = statement(__package__, "select_merkle_nodes")
    levels, numbers = zip(*([piece for piece in wanted if piece.level >= STORED] or [Subtree(0, -1)]), strict=True)
    rows = await database.fetch(query, account_sid, levels, numbers)
    known = {Subtree(row["level"], row["number"]): row["hash"] for row in rows}
    known |= await _from_log(database, archive, account_sid, [piece for piece in wanted if piece.level < STORED])
    if missing := wanted - known.keys():
        level, number = min(missing)
        raise LogBroken(f"the stored Merkle node {level}/{number} of {account_sid} is missing")
    return [joined([known[piece] for piece in found]) for found in pieces]


async def _from_log(
    database: Database, archive: Archive, account_sid: str, pieces: list[Subtree]
) -> dict[Subtree, bytes]:
    # One by one: of spans the planner makes a scan of the whole log.
    positions = [index + 1 for piece in pieces for index in range(*piece.span)]
    rows = await database.fetch(statement(__package__, "select_hashes_at"), account_sid, positions)
    kept = {row["position"]: row["hash"] for row in rows}
    leaves = kept | await archived_hashes(archive, account_sid, set(positions) - kept.keys())
    found = {}
    for piece in pieces:
        frontier = Frontier()
        for index in range(*piece.span):
            if index + 1 not in leaves:
                raise LogBroken(f"the event at position {index + 1} of {account_sid} is missing")
            frontier.add(leaves[index + 1])
        found[piece] = frontier.root()
    return found


async def frontier_at(database: Database, archive: Archive, account_sid: str, size: int) -> Frontier:
    """Return the tree as it was when the log had `size` events, to go on from. Raises LogBroken, OutOfReach."""
    spans = [piece.span for piece in subtrees(Span(0, size))]
    return Frontier(size, await hashes_over(database, archive, account_sid, spans))
