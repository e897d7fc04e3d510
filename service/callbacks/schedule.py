"""When a failed delivery is attempted again, if at all."""

from http import HTTPStatus

from service.callbacks.outcome import Delivered, Discarded, Failed, Failure, Outcome
from service.callbacks.overrides import RetryPolicy

MOST_ATTEMPTS = 15
FIRST_DELAY = 5.0
FACTOR = 3.0
LONGEST_DELAY = 3 * 3600.0
"""Delays of 5 s, 15 s, 45 s and so on up to three hours: 22.5 hours in all, with jitter from 18 to 27."""
OVERRIDE_DELAY = 1.0
"""Between attempts that a connection override asked for: Twilio makes those at once."""

_RETRIED_STATUSES = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


def verdict(outcome: Outcome, attempts: int, policy: RetryPolicy | None, jitter: float) -> tuple[str, float | None]:
    """Return the delivery's status after `outcome`, the last of so many attempts, and seconds until the next if any."""
    match outcome:
        case Delivered():
            return "delivered", None
        case Discarded():
            return ("discarded" if attempts == 1 else "failed"), None
        case Failed():
            delay = next_delay(outcome, attempts, policy, jitter)
            return ("failed", None) if delay is None else ("pending", delay)


def next_delay(failed: Failed, attempts: int, policy: RetryPolicy | None, jitter: float) -> float | None:
    """Return seconds until the next attempt after `attempts` made, None when there is to be none.

    `jitter` is from [0, 1): it spreads each delay over a fifth to both sides, so that deliveries which failed
    together do not come back together.
    """
    if policy is not None:
        has_time = failed.time_left is None or failed.time_left > OVERRIDE_DELAY
        is_retried = attempts <= policy.retries and failed.failure in policy.failures and has_time
        return OVERRIDE_DELAY if is_retried else None
    if attempts >= MOST_ATTEMPTS or not _is_passing(failed):
        return None
    delay = min(FIRST_DELAY * FACTOR ** (attempts - 1), LONGEST_DELAY)
    asked = min(failed.retry_after or 0.0, LONGEST_DELAY)
    return max(delay * (0.8 + 0.4 * jitter), asked)


def _is_passing(failed: Failed) -> bool:
    """Whether time may mend it."""
    if failed.failure is Failure.CLIENT_ERROR:
        return failed.http_status in _RETRIED_STATUSES
    return failed.failure is not Failure.REDIRECT
