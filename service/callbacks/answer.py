"""What a receiver answered, and what that means for the delivery."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Self

from multidict import CIMultiDictProxy

from service.callbacks.challenge import Challenge, challenges
from service.callbacks.outcome import RETRIEVAL_FAILURE, Delivered, Failed, Failure, Outcome

SUCCESS = range(HTTPStatus.OK, HTTPStatus.MULTIPLE_CHOICES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`challenges` are those of a 401; `retry_after` is in seconds, a date counted from the answer's own."""

    status: int
    location: str | None = None
    challenges: tuple[Challenge, ...] = ()
    retry_after: float | None = None

    @classmethod
    def of(cls, status: int, headers: CIMultiDictProxy[str]) -> Self:
        if status in SUCCESS:
            return cls(status=status)
        asks = headers.getall("WWW-Authenticate", ()) if status == HTTPStatus.UNAUTHORIZED else ()
        return cls(
            status=status,
            location=headers.get("Location"),
            challenges=challenges(asks),
            retry_after=_retry_after(headers),
        )


def outcome_of(answer: Answer) -> Outcome:
    status = answer.status
    if status in SUCCESS:
        return Delivered(http_status=status)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        failure = Failure.SERVER_ERROR
    elif status >= HTTPStatus.BAD_REQUEST:
        failure = Failure.CLIENT_ERROR
    else:
        failure = Failure.REDIRECT
    return Failed(
        failure=failure,
        error_code=RETRIEVAL_FAILURE,
        error=f"the receiver answered {status}",
        http_status=status,
        retry_after=answer.retry_after,
    )


def _retry_after(headers: Mapping[str, str]) -> float | None:
    asked = headers.get("Retry-After", "").strip()
    if asked.isascii() and asked.isdigit():
        return float(asked)
    until, sent = _date(asked), _date(headers.get("Date", ""))
    return max((until - sent).total_seconds(), 0.0) if until and sent else None


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the second: of an offset that no date can have
        return None
    return date if date.tzinfo else None
