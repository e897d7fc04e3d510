"""What a receiver answered, and what that means for the delivery."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Self

from multidict import CIMultiDictProxy

from service.callbacks.outcome import RETRIEVAL_FAILURE, Delivered, Failed, Failure, Outcome

_BASIC = re.compile(r"(?:^|,)\s*Basic\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`retry_after` is in seconds, a date counted from the answer's own."""

    status: int
    location: str | None = None
    wants_password: bool = False
    retry_after: float | None = None

    @classmethod
    def of(cls, status: int, headers: CIMultiDictProxy[str]) -> Self:
        challenges = ",".join(headers.getall("WWW-Authenticate", []))
        return cls(
            status=status,
            location=headers.get("Location"),
            wants_password=status == HTTPStatus.UNAUTHORIZED and _BASIC.search(challenges) is not None,
            retry_after=_retry_after(headers),
        )


def outcome_of(answer: Answer) -> Outcome:
    status = answer.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
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
    except ValueError:
        return None
    return date if date.tzinfo else None
