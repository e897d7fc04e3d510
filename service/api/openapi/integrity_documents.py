"""The documents of seals and of proofs under them, as models."""

from typing import Annotated, Literal

from pydantic import Field

from service.api.openapi.fields import AccountSid, Document, Hash, Iso8601, Signature
from service.api.openapi.v1_documents import Meta

KeyId = Annotated[str, Field(pattern="^[0-9a-f]{32}$", description="Half of the SHA-256 of the public key.")]
Number = Annotated[int, Field(ge=1)]
Index = Annotated[int, Field(ge=0)]
Path = Annotated[list[Hash], Field(description="Hashes from the leaf up, as RFC 9162 has them.")]


class Seal(Document):
    """A signed statement over every account's log, chained to the seal before."""

    n: Number
    sealed_at: Iso8601
    previous_hash: Hash
    accounts: Number
    root: Hash
    key_id: KeyId
    statement: Annotated[str, Field(description="The text that is signed; the fields above are read from it.")]
    signature: Signature
    hash: Annotated[Hash, Field(description="SHA-256 of the statement.")]


class Seals(Document):
    seals: list[Seal]
    meta: Meta


class SealKey(Document):
    """A public key that seals are or were signed with."""

    key_id: KeyId
    algorithm: Literal["Ed25519"]
    public_key: Hash
    first_seal: Number


class SealKeys(Document):
    keys: list[SealKey]
    meta: Meta


class SealedLog(Document):
    """An account's log as a seal has it: its length and Merkle root, and the path of that leaf to the seal's root."""

    account_sid: AccountSid
    length: Number
    root: Hash
    index: Index
    path: Path
    seal: Seal


class EventProof(Document):
    """That an event is part of its account's log under a seal: its leaf is its hash, its index its position - 1."""

    account_sid: AccountSid
    recording_sid: Annotated[str, Field(pattern="^(RE|AC)[0-9a-fA-F]{32}$")]
    version: Number
    position: Number
    recorded_at: Iso8601
    previous_hash: Hash
    hash: Hash
    path: Path
    log: SealedLog


class ConsistencyProof(Document):
    """That an account's log under one seal begins with all of that under an earlier one."""

    account_sid: AccountSid
    path: Path
    from_: Annotated[SealedLog, Field(alias="from")]
    to: SealedLog
