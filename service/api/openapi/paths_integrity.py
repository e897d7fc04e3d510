"""What is served under `/v1` of seals, and of proofs under them."""

from collections.abc import Iterator

from service.api.openapi import integrity_documents as documents
from service.api.openapi import parameters as take
from service.api.openapi.operation import Operation, parameter

SEALS = "/v1/Integrity/Seals"
SEAL = {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}


def integrity_operations() -> Iterator[Operation]:
    yield Operation(
        name="ListSeal",
        method="get",
        path=SEALS,
        summary="List seals, newest first",
        answers={200: documents.Seals},
        parameters=take.PAGING,
    )
    yield Operation(
        name="FetchSeal",
        method="get",
        path=f"{SEALS}/{{N}}",
        summary="Fetch a seal",
        answers={200: documents.Seal},
        sid="^[1-9][0-9]{0,17}$",
    )
    yield Operation(
        name="ListSealKey",
        method="get",
        path="/v1/Integrity/Keys",
        summary="List the public keys that seals were signed with",
        answers={200: documents.SealKeys},
        parameters=take.PAGING,
    )
    yield from _proofs()


def _proofs() -> Iterator[Operation]:
    yield Operation(
        name="ProveEvent",
        method="get",
        path="/v1/Accounts/{AccountSid}/Recordings/{RecordingSid}/Events/{Version}/Proof",
        summary="Prove that an event is under a seal",
        answers={200: documents.EventProof},
        sid="^[1-9][0-9]{0,8}$",
        parameters=(parameter("query", "Seal", SEAL, "The first that covers the event, when it is not named."),),
        conflicts=True,
        may_be_unavailable=True,
    )
    yield Operation(
        name="ProveConsistency",
        method="get",
        path="/v1/Accounts/{AccountSid}/Integrity/Consistency",
        summary="Prove that an account's log under one seal goes on from that under another",
        answers={200: documents.ConsistencyProof},
        parameters=(
            parameter("query", "From", SEAL, "The earlier seal.", required=True),
            parameter("query", "To", SEAL, "The later seal; the newest, when it is not named."),
        ),
        conflicts=True,
        may_be_unavailable=True,
    )
