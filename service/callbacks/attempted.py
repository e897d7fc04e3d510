"""One attempt that was made: of which delivery, what came of it, and what follows."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import asyncpg
import orjson

from service.callbacks.fallback import fallback_of
from service.callbacks.outcome import Delivered, Discarded, Failure, Outcome
from service.callbacks.overrides import Overrides, RetryPolicy
from service.callbacks.schedule import verdict
from service.eventstore.event import iso_time

LONGEST_ERROR = 500
Arguments = tuple[str, str, int, str, int, str, float | None, str, str | None, str | None, str | None, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """`claim` is the row as it was claimed. `delay`: seconds until the next attempt of one that is still pending.

    `first_after`: seconds from the append of its event to this attempt, when it is the first; else None.
    """

    claim: asyncpg.Record
    outcome: Outcome
    began: datetime
    duration_ms: int
    status: str
    delay: float | None
    first_after: float | None

    @classmethod
    def of(
        cls, claim: asyncpg.Record, url: str, outcome: Outcome, *, waited: float, seconds: float, jitter: float
    ) -> Self:
        """Judge an attempt at `url`, which the claim may have sealed: begun `waited` seconds after the claim."""
        policy = Overrides.of(url).retry_policy
        if policy is None and claim["callback_retries"] == "twilio":
            policy = RetryPolicy()
        status, delay = verdict(outcome, claim["tries"] + 1, policy, jitter)
        if status == "discarded" and claim["was_answered"]:
            status = "failed"  # before it was put back by hand it was sent
        return cls(
            claim=claim,
            outcome=outcome,
            began=datetime.now(UTC) - timedelta(seconds=seconds),
            duration_ms=round(seconds * 1000),
            status=status,
            delay=delay,
            first_after=max(0.0, claim["age"] + waited) if claim["is_first"] else None,
        )

    @property
    def identity(self) -> tuple[str, str, int]:
        claim = self.claim
        return claim["account_sid"], claim["sid"], claim["attempt"]

    @property
    def is_answered(self) -> bool | None:
        """Whether the host gave an answer, of whatever kind; None when it was not asked."""
        match self.outcome:
            case Delivered():
                return True
            case Discarded():
                return None
            case failed:
                return failed.failure not in {Failure.CONNECTION, Failure.TIMEOUT}

    def arguments(self) -> Arguments:
        """Return one of each of the arguments of `record_attempts`."""
        claim = self.claim
        key = claim["account_sid"], claim["recording_sid"], claim["event_version"], claim["sid"], claim["attempt"]
        return (*key, self.status, self.delay, self.made(), *self._fallback(), claim["claimed_by"])

    def _fallback(self) -> tuple[str, str, str] | tuple[None, None, None]:
        claim, url = self.claim, self.claim["callback_fallback_url"]
        if self.status != "failed" or not url or claim["is_fallback"]:
            return None, None, None
        return fallback_of(claim["sid"], url)

    def made(self) -> str:
        """Return the attempt as the delivery API shows it."""
        facts = self._facts()
        if error := facts["error"]:
            # As PostgreSQL takes it: words from a receiver may hold NUL, or bytes that are no text.
            facts["error"] = error.encode("ascii", "replace").decode().replace("\0", "?")[:LONGEST_ERROR]
        return orjson.dumps({"attempted_at": iso_time(self.began), "duration_ms": self.duration_ms} | facts).decode()

    def logged(self) -> dict[str, Any]:
        return names(self.claim) | self._facts() | {"outcome": self.status, "duration_ms": self.duration_ms}

    def _facts(self) -> dict[str, Any]:
        match self.outcome:
            case Delivered(http_status=status):
                return {"http_status": status, "error_code": None, "error": None}
            case Discarded(error_code=code, error=error):
                return {"http_status": None, "error_code": code, "error": error}
            case failed:
                return {"http_status": failed.http_status, "error_code": failed.error_code, "error": failed.error}


def names(claim: asyncpg.Record) -> dict[str, Any]:
    return {
        "account": claim["account_sid"],
        "recording": claim["recording_sid"],
        "delivery": claim["sid"],
        "callback": claim["event"],
        "host": claim["host"],
        "attempt": claim["attempt"],
    }
