"""Follows the chain of seals: numbers, hashes, signatures, and the tree of accounts that each was made over."""

from collections.abc import Collection, Mapping
from itertools import takewhile

import asyncpg

from service.audit.fault import Fault, Told, untold
from service.audit.merkle import Tree
from service.audit.sealed import GENESIS, SealedLog, seal_hash, tree_of
from service.audit.signing import is_signed, key_id
from service.eventstore.event import canonical_json
from service.postgres.pool import Session
from service.postgres.statement import statement

BATCH = 100
"""Seals whose accounts are read at a time."""
_NOT_KNOWN = (
    "it is signed with {}, which is not the service's key as far as is known here, and so is what follows: if it is,"
    " give `verify` the service's RECORDKEEPER_SEAL_KEY or RECORDKEEPER_SEAL_KEY_FILE, or the public key with --key"
)


async def seal_faults(
    connection: Session,
    known: Collection[str],
    kept: Mapping[int, str] | None = None,
    told: Told = untold,
) -> list[Fault]:
    """Return what is wrong with the seals, in one snapshot of them.

    `known`: ids of keys that are the service's for sure: with any, the newest seal must be by one of them. It vouches
    for all before it. `kept`: statements of seals that were kept elsewhere, by their numbers.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        rows = await connection.fetch(statement(__package__, "select_all_seals"))
        faults = await _chain_faults(connection, rows, told) + await _strays(connection)
    if strange := list(takewhile(lambda row: known and row["key_id"] not in known, reversed(rows))):
        first = strange[-1]
        faults.append(Fault(what=_NOT_KNOWN.format(first["key_id"]), seal=first["n"]))
    found = {row["n"]: row["statement"] for row in rows}
    for n, text in (kept or {}).items():
        if found.get(n) != text:
            what = "it is not the seal that was kept elsewhere" if n in found else "it was kept elsewhere and is gone"
            faults.append(Fault(what=what, seal=n))
    return faults


async def _chain_faults(connection: Session, rows: list[asyncpg.Record], told: Told) -> list[Fault]:
    accounts, faults, previous, expected = _Accounts(), [], GENESIS, 1
    query = statement(__package__, "select_sealed_logs")
    for begin in range(0, len(rows), BATCH):
        batch = rows[begin : begin + BATCH]
        grown: dict[int, list[SealedLog]] = {}
        for log in await connection.fetch(query, expected, batch[-1]["n"]):
            facts = SealedLog(account_sid=log["account_sid"], length=log["length"], root=log["root"])
            grown.setdefault(log["n"], []).append(facts)
        for row in batch:
            accounts.take([log for n in range(expected, row["n"] + 1) for log in grown.get(n, ())])
            if what := _fault(row, previous, expected) or accounts.fault(row):
                faults.append(Fault(what=what, seal=row["n"]))
            previous, expected = seal_hash(row["statement"]), row["n"] + 1
            told(1)
    return faults


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
