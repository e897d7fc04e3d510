"""Proofs: that an event is under a seal, and that an account's log under one seal goes on from that under another."""

import asyncio
from bisect import bisect_left
from typing import Any

import asyncpg

from service.audit.choice import MOST_VERSIONS, EventFilter, Stretch
from service.audit.merkle import Tree, consistency_spans, inclusion_spans, is_consistent, is_included, leaf_hash
from service.audit.positions import NOTHING_ARCHIVED, Archive
from service.audit.sealed import SealedLog, logs_of, seal_document, tree_of
from service.audit.subtrees import LogBroken, Unproved, hashes_over
from service.eventstore.event import Row, iso_time
from service.postgres.statement import statement

ALGORITHM = "Ed25519"
NEWEST = 2**63 - 1
MOST_TREES = 4
"""Kept from one proof to the next: of a hundred thousand accounts one takes some 50 MB."""
_EVENT = ("account_sid", "recording_sid", "version", "position", "recorded_at", "previous_hash", "hash")


class NotSealed(Unproved):
    """The seal asked for does not cover what was asked."""


class SealUnknown(Unproved):
    """There is no such seal."""


class Proofs:
    """Every proof is checked before it is given out; raises LogBroken when the log is not what was sealed.

    No connection is held while the archive is read. Raises OutOfReach when it has to be, and cannot.
    """

    def __init__(self, pool: asyncpg.Pool, archive: Archive = NOTHING_ARCHIVED) -> None:
        self._pool = pool
        self._trees: dict[tuple[int, bytes], tuple[dict[str, SealedLog], list[str], Tree]] = {}
        self._archive = archive

    async def seals(self, *, up_to: int = NEWEST, limit: int = 1) -> list[dict[str, Any]]:
        """Return seals, newest first."""
        rows = await self._pool.fetch(statement(__package__, "select_seals"), up_to, limit)
        return [seal_document(row) for row in rows]

    async def keys(self) -> list[dict[str, Any]]:
        """Return the public keys that seals were signed with, newest first."""
        rows = await self._pool.fetch(statement(__package__, "select_keys"))
        return [
            {
                "key_id": row["key_id"],
                "algorithm": ALGORITHM,
                "public_key": row["public_key"].hex(),
                "first_seal": row["first_n"],
            }
            for row in rows
        ]

    async def inclusion(
        self, account_sid: str, recording_sid: str, version: int, n: int | None
    ) -> dict[str, Any] | None:
        """Return the proof of an event under seal `n`, or the first that covers it; None when there is no such event.

        Raises NotSealed, SealUnknown.
        """
        event = await self._event(account_sid, recording_sid, version)
        if event is None:
            return None
        query, position = statement(__package__, "select_covering_seal"), event["position"]
        first = await self._pool.fetchval(query, account_sid, position)
        if first is None:
            raise NotSealed("No seal covers the event yet; one is made every RECORDKEEPER_SEAL_SECONDS")
        log, under = await self._sealed(account_sid, n or first)
        if log is None or log.length < position:
            raise NotSealed(f"Seal {n} was made before the event; the first that covers it is {first}")
        spans = inclusion_spans(position - 1, log.length)
        path = await hashes_over(self._pool, self._archive, account_sid, spans)
        if not is_included(leaf_hash(event["hash"]), position - 1, log.length, path, log.root):
            raise LogBroken("the event is not the one that was sealed")
        hashes = {name: event[name].hex() for name in ("previous_hash", "hash")}
        document = {name: event[name] for name in _EVENT} | hashes | {"recorded_at": iso_time(event["recorded_at"])}
        return document | {"path": _hex(path), "log": under}

    async def consistency(self, account_sid: str, first: int, second: int | None) -> dict[str, Any]:
        """Return the proof that the log under seal `second`, or the newest, goes on from that under `first`.

        Raises NotSealed, SealUnknown.
        """
        old, under_first = await self._sealed(account_sid, first)
        new, under_second = await self._sealed(account_sid, second or NEWEST)
        if old is None or new is None:
            raise NotSealed(f"The account had no event under seal {first}")
        spans = consistency_spans(old.length, new.length)
        path = await hashes_over(self._pool, self._archive, account_sid, spans)
        if not is_consistent(old.length, new.length, old.root, new.root, path):
            raise LogBroken("the events are not those that were sealed")
        return {"account_sid": account_sid, "path": _hex(path), "from": under_first, "to": under_second}

    async def _event(self, account_sid: str, recording_sid: str, version: int) -> Row | None:
        query = statement(__package__, "select_sealed_event")
        if kept := await self._pool.fetchrow(query, account_sid, recording_sid, version):
            return kept
        chosen = EventFilter(recording_sid=recording_sid)
        rows = await self._archive.read(account_sid, chosen, Stretch(), MOST_VERSIONS)
        return next((row for row in rows if row["version"] == version), None)

    async def _sealed(self, account_sid: str, n: int) -> tuple[SealedLog | None, dict[str, Any] | None]:
        """Return the account's log under a seal, and the document that proves it; NEWEST is the newest seal."""
        seal = await self._pool.fetchrow(statement(__package__, "select_seals"), n, 1)
        if seal is None or n not in {seal["n"], NEWEST}:
            raise SealUnknown("There is no seal yet" if n == NEWEST else f"There is no seal {n}")
        logs, accounts, tree = await self._under(seal["n"], seal["root"])
        log = logs.get(account_sid)
        if log is None:
            return None, None
        index = bisect_left(accounts, account_sid)
        document = {"account_sid": account_sid, "length": log.length, "root": log.root.hex()}
        return log, document | {"index": index, "path": _hex(tree.path(index)), "seal": seal_document(seal)}

    async def _under(self, n: int, root: bytes) -> tuple[dict[str, SealedLog], list[str], Tree]:
        """Return the logs under a seal, their accounts in order, and the tree. Raises LogBroken."""
        found = self._trees.pop((n, root), None)
        if found is None:
            rows = await self._pool.fetch(statement(__package__, "select_accounts_in_force"), n)
            # In threads: of a hundred thousand accounts it takes a second, in which nobody would be answered.
            logs = await asyncio.to_thread(logs_of, rows)
            found = logs, *await asyncio.to_thread(tree_of, logs.values())
            if logs and found[2].root() != root:
                raise LogBroken(f"seal {n} was not made over what is noted of it")
        self._trees[n, root] = found
        if len(self._trees) > MOST_TREES:
            del self._trees[next(iter(self._trees))]  # the one that was asked for least lately
        return found


def _hex(path: list[bytes]) -> list[str]:
    return [found.hex() for found in path]
