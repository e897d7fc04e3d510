"""What a seal says: the text that is signed, and the leaves of the tree of accounts that it is made over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import asyncpg

from service.audit.merkle import Tree, leaf_hash
from service.eventstore.event import canonical_json, iso_time

GENESIS = bytes(32)
"""What stands for the hash of a seal before the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedLog:
    """An account's log as a seal has it. Its root is nobody's to guess: who sees this leaf's hash learns nothing."""

    account_sid: str
    length: int
    root: bytes

    def leaf(self) -> bytes:
        """Return the hash of its leaf."""
        document = {"account_sid": self.account_sid, "length": self.length, "root": self.root.hex()}
        return leaf_hash(canonical_json(document).encode())


def logs_of(rows: Iterable[asyncpg.Record]) -> dict[str, SealedLog]:
    return {row["account_sid"]: SealedLog(**row) for row in rows}


def tree_of(logs: Iterable[SealedLog]) -> tuple[list[str], Tree]:
    """Return the accounts in the order of their leaves, and the tree."""
    ordered = sorted(logs, key=lambda log: log.account_sid)
    return [log.account_sid for log in ordered], Tree([log.leaf() for log in ordered])


def seal_statement(
    *, n: int, sealed_at: datetime, previous_hash: bytes, accounts: int, root: bytes, key_id: str
) -> str:
    """Return the text that is signed."""
    return canonical_json(
        {
            "n": n,
            "sealed_at": iso_time(sealed_at),
            "previous_hash": previous_hash.hex(),
            "accounts": accounts,
            "root": root.hex(),
            "key_id": key_id,
        }
    )


def seal_hash(statement: str) -> bytes:
    return sha256(statement.encode()).digest()


def seal_document(row: asyncpg.Record) -> dict[str, Any]:
    document = dict(row) | {"sealed_at": iso_time(row["sealed_at"])}
    return document | {name: row[name].hex() for name in ("previous_hash", "root", "signature", "hash")}
