"""The one table: a refusal, and the status and Twilio's code it is answered with."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from service.application.codec import UnknownEventType
from service.application.conversations import ConversationIsOver
from service.application.idempotency import KeyUsedOtherwise
from service.application.switchboard import ConversationNotInProgress, ConversationUnknown
from service.audit.positions import OutOfReach
from service.audit.proofs import SealUnknown
from service.audit.subtrees import LogBroken, Unproved
from service.domain.refusals import (
    ConferenceRecordingNotStoppable,
    RecordingAlreadyFinished,
    RecordingAlreadyStarted,
    RecordingHasNoAudio,
    RecordingIsDeleted,
    RecordingNotActive,
    RecordingNotCompleted,
    RecordingNotDeleted,
    RecordingNotFound,
    RecordingNotStopped,
    Refusal,
)

NOT_FOUND: Final = 20404
NOT_ELIGIBLE: Final = "Requested resource is not eligible for recording"


class ApiError(Exception):
    """An answer other than the one asked for: HTTP status, Twilio's code, and what is wrong in words."""

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        detail: str | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.detail, self.headers = status, code, message, detail, headers

    def document(self) -> dict[str, Any]:
        """Return the body's fields; `type` and `title` are left out: Twilio's newer clients misread them."""
        detail = {"detail": self.detail} if self.detail else {}
        more_info = f"https://www.twilio.com/docs/errors/{self.code}"
        return {
            "code": self.code,
            **detail,
            "message": self.message,
            "more_info": more_info,
            "status": self.status,
        }


NOT_ANNOUNCED = (
    "No such call or conference was announced: PUT it under /v1/Accounts/{AccountSid}/Calls or /Conferences first,"
    " or set RECORDKEEPER_UNKNOWN_CALLS=accept"
)
REFUSALS: Final[dict[type[Exception], tuple[int, int, str | None]]] = {
    RecordingNotFound: (404, NOT_FOUND, None),
    RecordingIsDeleted: (404, NOT_FOUND, None),
    ConversationUnknown: (404, NOT_FOUND, NOT_ANNOUNCED),
    RecordingNotActive: (400, 21220, NOT_ELIGIBLE),
    ConversationNotInProgress: (400, 21220, NOT_ELIGIBLE),
    ConferenceRecordingNotStoppable: (
        400,
        20001,
        "A conference recording cannot be stopped; it ends with its conference",
    ),
    RecordingNotCompleted: (409, 20009, "Cannot delete this resource before it is complete"),
    RecordingHasNoAudio: (409, 20009, "Cannot delete this resource: it is absent, there is no audio to delete"),
    RecordingNotDeleted: (409, 20409, "The recording is not deleted: nothing of it is purged"),
    RecordingAlreadyStarted: (409, 20409, "A recording with this SID was already started"),
    RecordingNotStopped: (409, 20409, "The recording is still being made"),
    RecordingAlreadyFinished: (409, 20409, "The recording is finished; its audio can no longer change"),
    KeyUsedOtherwise: (409, 20409, "This idempotency key was used for another request"),
    ConversationIsOver: (409, 20409, "The call or conference is over; a final status is never left"),
}
Refused = Refusal | ConversationIsOver | KeyUsedOtherwise | Unproved | OutOfReach | UnknownEventType


def not_found(path: str) -> ApiError:
    return ApiError(404, NOT_FOUND, f"The requested resource {path} was not found")


def of_refusal(refusal: Refused, path: str) -> ApiError:
    if isinstance(refusal, UnknownEventType):
        said = f"This version of the service does not know the event {refusal}: a newer one wrote it; ask that"
        return ApiError(503, 20503, said)
    if isinstance(refusal, OutOfReach):
        return ApiError(503, 20503, str(refusal))
    if isinstance(refusal, Unproved):
        broken = isinstance(refusal, LogBroken)
        said = f"The log is not what was sealed: {refusal}; `recordkeeper verify` says more" if broken else str(refusal)
        return ApiError(404, NOT_FOUND, said) if isinstance(refusal, SealUnknown) else ApiError(409, 20409, said)
    status, code, message = REFUSALS[type(refusal)]
    return ApiError(status, code, message) if message else not_found(path)


def invalid(message: str) -> ApiError:
    return ApiError(400, 20001, message)
