"""Follows the chain of seals: numbers, hashes, signatures, and the tree of accounts that each was made over."""

from collections.abc import Collection

import asyncpg

from service.audit.fault import Fault, Told, untold
from service.audit.last_seal import SealNoted
from service.audit.merkle import Tree
from service.audit.sealed import GENESIS, SealedLog, seal_hash, tree_of
from service.audit.signing import is_signed, key_id
from service.eventstore.event import canonical_json
from service.postgres.pool import Session
from service.postgres.statement import statement

BATCH = 100
"""Seals that are read at a time, with their accounts."""
_NOT_KNOWN = (
    "it is signed with {}, which is not the service's key as far as is known here, and so is what follows: if it is,"
    " give `verify` the service's RECORDKEEPER_SEAL_KEY or RECORDKEEPER_SEAL_KEY_FILE, or the public key with --key"
)


async def seal_faults(
    connection: Session,
    known: Collection[str],
    kept: Collection[SealNoted] = (),
    told: Told = untold,
) -> list[Fault]:
    """Return what is wrong with the seals, in one snapshot of them.

    `known`: ids of keys that are the service's for sure: with any, the newest seal must be by one of them. It vouches
    for all before it. `kept`: seals that were kept elsewhere.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        faults, strange = await _chain_faults(connection, known, told)
        faults += await _strays(connection)
        if strange:
            faults.append(Fault(what=_NOT_KNOWN.format(strange["key_id"]), seal=strange["n"]))
        return faults + await _not_kept(connection, kept)


async def _not_kept(connection: Session, kept: Collection[SealNoted]) -> list[Fault]:
    rows = await connection.fetch(statement(__package__, "select_statements"), [seal.n for seal in kept])
    found = {row["n"]: seal_hash(row["statement"]) for row in rows}
    gone, other = "it was kept elsewhere and is gone", "it is not the seal that was kept elsewhere"
    return [
        Fault(what=other if n in found else gone, seal=n) for n, hash_ in sorted(set(kept)) if found.get(n) != hash_
    ]


async def _chain_faults(
    connection: Session, known: Collection[str], told: Told
) -> tuple[list[Fault], asyncpg.Record | None]:
    """Return what is wrong, and the first of the newest seals whose keys are not known; none when nothing is known.

    They are read a few at a time: there are a hundred thousand a year.
    """
    accounts, faults, previous, expected, strange = _Accounts(), [], GENESIS, 1, None
    query = statement(__package__, "select_sealed_logs")
    seals = await connection.cursor(statement(__package__, "select_all_seals"))
    while batch := await seals.fetch(BATCH):
        grown: dict[int, list[SealedLog]] = {}
        for log in await connection.fetch(query, expected, batch[-1]["n"]):
            facts = SealedLog(account_sid=log["account_sid"], length=log["length"], root=log["root"])
            grown.setdefault(log["n"], []).append(facts)
        for row in batch:
            accounts.take([log for n in range(expected, row["n"] + 1) for log in grown.get(n, ())])
            if what := _fault(row, previous, expected) or accounts.fault(row):
                faults.append(Fault(what=what, seal=row["n"]))
            strange = (strange or row) if known and row["key_id"] not in known else None
            previous, expected = seal_hash(row["statement"]), row["n"] + 1
            told(1)
    return faults, strange


async def _strays(connection: Session) -> list[Fault]:
    logs = await connection.fetch(statement(__package__, "select_logs_without_seals"))
    keys = await connection.fetch(statement(__package__, "select_keys_without_seals"))
    what = "there is no such seal, and it says how long the log was"
    return [Fault(what=what, account_sid=row["account_sid"], seal=row["n"]) for row in logs] + [
        Fault(what=f"the key {row['key_id']} did not sign the seal it is noted to begin with") for row in keys
    ]


def _fault(row: asyncpg.Record, previous: bytes, expected: int) -> str | None:
    if row["n"] != expected:
        return f"seal {expected} is missing before it"
    said = {name: row[name] for name in ("n", "accounts", "key_id")} | {"sealed_at": row["said_at"]}
    said |= {name: row[name].hex() for name in ("previous_hash", "root")}
    if canonical_json(said) != row["statement"]:
        return "a column says something else than the signed statement"
    if row["hash"] != seal_hash(row["statement"]):
        return "its hash is not that of its statement"
    if row["previous_hash"] != previous:
        return "the previous hash is not that of the seal before"
    if row["public_key"] is None or key_id(row["public_key"]) != row["key_id"]:
        return f"the public key {row['key_id']} is missing or another"
    if not is_signed(row["statement"], row["signature"], row["public_key"]):
        return "its signature does not hold"
    return "its key is noted to begin with a later seal" if row["first_n"] > row["n"] else None


class _Accounts:
    """The tree of accounts, from one seal to the next."""

    def __init__(self) -> None:
        self._logs: dict[str, SealedLog] = {}
        self._places: dict[str, int] = {}
        self._tree = Tree([])

    def take(self, grown: list[SealedLog]) -> None:
        self._logs |= {log.account_sid: log for log in grown}
        if all(log.account_sid in self._places for log in grown):
            for log in grown:
                self._tree.replace(self._places[log.account_sid], log.leaf())
        else:
            ordered, self._tree = tree_of(self._logs.values())
            self._places = {account_sid: place for place, account_sid in enumerate(ordered)}

    def fault(self, row: asyncpg.Record) -> str | None:
        if row["accounts"] == len(self._logs) and row["root"] == self._tree.root():
            return None
        return "the accounts' logs are not noted as it was made over them"
