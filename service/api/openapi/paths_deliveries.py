"""What is served under `/v1` of callbacks."""

from collections.abc import Iterator

from service.api.openapi import parameters as take
from service.api.openapi import v1_documents as documents
from service.api.openapi.operation import Json, Operation, parameter
from service.callbacks.kinds import EVENTS, STATUSES

ACCOUNT = "/v1/Accounts/{AccountSid}"
MOMENT: Json = {"type": "string", "format": "date-time"}
FILTERS: tuple[Json, ...] = (
    parameter("query", "Status", take.choice(STATUSES)),
    parameter("query", "Event", take.choice(EVENTS)),
    parameter("query", "After", MOMENT, "Of events at or after this time."),
    parameter("query", "Before", MOMENT, "Of events at or before this time."),
)


def delivery_operations() -> Iterator[Operation]:
    yield Operation(
        name="ListRecordingDelivery",
        method="get",
        path=f"{ACCOUNT}/Recordings/{{RecordingSid}}/Deliveries",
        summary="List a recording's callbacks, those of the oldest event first",
        answers={200: documents.Deliveries},
        parameters=take.PAGING,
    )
    yield Operation(
        name="ListDelivery",
        method="get",
        path=f"{ACCOUNT}/Deliveries",
        summary="List an account's callbacks, those of the newest event first",
        answers={200: documents.Deliveries},
        parameters=(*FILTERS, *take.PAGING),
    )
    yield Operation(
        name="RedeliverDelivery",
        method="post",
        path=f"{ACCOUNT}/Deliveries/{{DeliverySid}}/Redeliver",
        summary="Send a callback again, with the token and the parameters it had",
        answers={202: documents.Delivery},
    )
