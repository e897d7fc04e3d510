"""Twilio's connection overrides: `#ct=…&rt=…&tt=…&rc=…&rp=…&sni=…` behind a callback's URL."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl

from service.callbacks.outcome import Failure

CONNECT_MS = (100, 10_000)
ANSWER_MS = (100, 15_000)
RETRIES = (0, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often is tried again, and after what. Twilio's defaults: once, when no connection came about."""

    retries: int = 1
    failures: frozenset[Failure] = frozenset({Failure.CONNECTION})


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """Seconds to connect, for a byte of the answer, and in all. No `retry_policy`: our schedule.

    `total` is the time of an attempt in our schedule, and of all attempts together in Twilio's.
    `server_name`: whether TLS tells the host's name in its hello. Twilio's `e`, its own edges, means nothing here.
    """

    connect: float = 5.0
    answer: float = 15.0
    total: float = 15.0
    retry_policy: RetryPolicy | None = None
    server_name: bool = True

    @classmethod
    def of(cls, url: str) -> "Overrides":
        """Read the fragment of `url`. What is not an override, or is out of its range, is as if not there."""
        return _read(url.partition("#")[2])


@lru_cache(maxsize=1024)
def _read(fragment: str) -> Overrides:
    values = dict(parse_qsl(fragment))
    connect, answer, total = (
        _number(values, name, limits) for name, limits in (("ct", CONNECT_MS), ("rt", ANSWER_MS), ("tt", ANSWER_MS))
    )
    return Overrides(
        connect=5.0 if connect is None else connect / 1000,
        answer=15.0 if answer is None else answer / 1000,
        total=15.0 if total is None else total / 1000,
        retry_policy=_retry_policy(values),
        server_name=values.get("sni") != "n",
    )


def _retry_policy(values: Mapping[str, str]) -> RetryPolicy | None:
    retries = _number(values, "rc", RETRIES)
    names = values.get("rp", "").split(",")
    failures = frozenset(failure for failure in Failure.overridable() if {failure.value, "all"} & set(names))
    if retries is None and not failures:
        return None
    default = RetryPolicy()
    return RetryPolicy(retries=default.retries if retries is None else retries, failures=failures or default.failures)


def _number(values: Mapping[str, str], name: str, limits: tuple[int, int]) -> int | None:
    text = values.get(name, "")
    least, most = limits
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    return int(text) if is_number and least <= int(text) <= most else None
