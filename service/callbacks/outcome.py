"""What came of one attempt, as a value. Error codes are those of Twilio's debugger."""

from dataclasses import dataclass, field
from enum import StrEnum

RETRIEVAL_FAILURE = 11200
CONNECTION_FAILURE = 11205
BAD_HOST = 11210
TOO_MANY_REDIRECTS = 11215
TLS_FAILURE = 11220


class Failure(StrEnum):
    """Kinds of failure, by the names that Twilio's connection overrides give them."""

    CONNECTION = "ct"
    TIMEOUT = "rt"
    CLIENT_ERROR = "4xx"
    SERVER_ERROR = "5xx"
    REDIRECT = "redirect"

    @classmethod
    def overridable(cls) -> "tuple[Failure, ...]":
        return (cls.CONNECTION, cls.TIMEOUT, cls.CLIENT_ERROR, cls.SERVER_ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    http_status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """`retry_after`: seconds that the receiver asked to be left alone for.

    `time_left`: seconds for further attempts, where all of them have a time together.
    """

    failure: Failure
    error_code: int
    error: str
    http_status: int | None = None
    retry_after: float | None = None
    time_left: float | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discarded:
    """Nothing was sent, and never will be: the target is not one, or is forbidden."""

    error: str
    error_code: int = BAD_HOST


Outcome = Delivered | Failed | Discarded
