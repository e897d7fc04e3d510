"""What is served under `/v1` of legal holds and retention."""

from collections.abc import Iterator

from pydantic import BaseModel

from service.api.openapi import v1_documents as documents
from service.api.openapi.operation import Operation, of
from service.api.v1.bodies import HoldBody, RetentionBody

ACCOUNT = "/v1/Accounts/{AccountSid}"


def hold_operations() -> Iterator[Operation]:
    for kind, path in (("Account", ACCOUNT), ("Recording", f"{ACCOUNT}/Recordings/{{RecordingSid}}")):
        what = "the account and with it all its recordings" if kind == "Account" else "a recording"
        yield from _three(
            f"{kind}Hold",
            f"{path}/Hold",
            (
                f"Whether a legal hold is on {what}",
                f"Place a legal hold on {what}; one that is there stays as it is",
                f"Release {what} from its own legal hold",
            ),
            documents.Hold,
            HoldBody,
        )
    summaries = (
        "How long the account keeps recordings",
        "Have recordings deleted so many days after they were completed, also those that are there",
        "Have recordings kept until somebody deletes them",
    )
    yield from _three("AccountRetention", f"{ACCOUNT}/Retention", summaries, documents.Retention, RetentionBody)


def _three(
    name: str, path: str, summaries: tuple[str, str, str], document: type[BaseModel], body: type[BaseModel]
) -> Iterator[Operation]:
    fetch, update, delete = summaries
    yield Operation(name=f"Fetch{name}", method="get", path=path, summary=fetch, answers={200: document})
    yield Operation(
        name=f"Update{name}",
        method="put",
        path=path,
        summary=update,
        answers={200: document},
        body={"application/json": of(body)},
    )
    yield Operation(name=f"Delete{name}", method="delete", path=path, summary=delete, answers={204: None})
