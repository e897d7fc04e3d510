"""Which failures are retried, when, and what a connection override changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.callbacks.outcome import Failed, Failure
from service.callbacks.overrides import Overrides, RetryPolicy
from service.callbacks.schedule import LONGEST_DELAY, MOST_ATTEMPTS, next_delay


def failed(failure, status=None, retry_after=None, time_left=None):
    facts = {"http_status": status, "retry_after": retry_after, "time_left": time_left}
    return Failed(failure=failure, error_code=11200, error="", **facts)


CONNECTION = failed(Failure.CONNECTION)


@pytest.mark.parametrize(
    ("outcome", "is_retried"),
    [
        (CONNECTION, True),
        (failed(Failure.TIMEOUT), True),
        *((failed(Failure.SERVER_ERROR, status), True) for status in (None, 500, 501, 502, 503, 504, 599)),
        *((failed(Failure.CLIENT_ERROR, status), True) for status in (408, 429)),
        *((failed(Failure.CLIENT_ERROR, status), False) for status in (400, 401, 403, 404, 409, 410, 422, 499)),
        *((failed(Failure.REDIRECT, status), False) for status in (None, 304)),
    ],
)
def test_what_time_may_mend_is_retried(outcome, is_retried):
    assert (next_delay(outcome, 1, None, 0.5) is not None) is is_retried


def test_delays_grow_to_a_longest_one_and_end_after_about_a_day():
    delays = [next_delay(CONNECTION, attempts, None, 0.5) for attempts in range(1, MOST_ATTEMPTS)]
    assert delays[:4] == [5, 15, 45, 135]
    assert delays == sorted(delays)
    assert delays[-1] == LONGEST_DELAY
    assert [round(sum(delays) * share / 3600, 1) for share in (0.8, 1, 1.2)] == [18, 22.5, 27]
    assert next_delay(CONNECTION, MOST_ATTEMPTS, None, 0.5) is None


@given(attempts=st.integers(1, MOST_ATTEMPTS - 1), jitter=st.floats(0, 1, exclude_max=True))
def test_jitter_spreads_a_delay_over_a_fifth_to_both_sides(attempts, jitter):
    middle = next_delay(CONNECTION, attempts, None, 0.5)
    assert 0.8 * middle <= next_delay(CONNECTION, attempts, None, jitter) <= 1.2 * middle


def test_a_receiver_that_names_its_delay_is_given_it_within_reason():
    def delay(retry_after):
        return next_delay(failed(Failure.CLIENT_ERROR, 429, retry_after), 1, None, 0.5)

    assert (delay(1), delay(60), delay(10**9)) == (5, 60, LONGEST_DELAY)


@pytest.mark.parametrize(
    ("fragment", "retried"),
    [
        ("rc=0", {}),
        ("rc=2", {Failure.CONNECTION: 2}),
        ("rp=5xx", {Failure.SERVER_ERROR: 1}),
        ("e=ashburn,dublin&%72%70=4xx%2Crt&sni=n&%72c=%33", {Failure.CLIENT_ERROR: 3, Failure.TIMEOUT: 3}),
        ("rc=3&rp=4xx,rt", {Failure.CLIENT_ERROR: 3, Failure.TIMEOUT: 3}),
        (
            "rc=5&rp=all",
            {Failure.CONNECTION: 5, Failure.TIMEOUT: 5, Failure.CLIENT_ERROR: 5, Failure.SERVER_ERROR: 5},
        ),
    ],
)
def test_an_override_says_exactly_what_is_retried_and_how_often(fragment, retried):
    policy = Overrides.of(f"https://example.com/cb?x=1#{fragment}").retry_policy
    for failure in Failure:
        attempts = 1
        while next_delay(failed(failure, 410), attempts, policy, 0.5) is not None:
            attempts += 1
        assert attempts - 1 == retried.get(failure, 0), failure


@pytest.mark.parametrize(
    ("time_left", "is_retried"), [(None, True), (1.1, True), (1.0, False), (0, False), (-1, False)]
)
def test_an_override_allows_no_retry_for_which_no_time_is_left(time_left, is_retried):
    policy = Overrides.of("https://example.com/cb#rc=5&rp=all&tt=3000").retry_policy
    assert (next_delay(failed(Failure.TIMEOUT, time_left=time_left), 1, policy, 0.5) == 1) is is_retried


@pytest.mark.parametrize(
    "fragment",
    ["", "section", "rc=6", "rc=-1", "rc=x", "rc=²", "rp=nothing", "rp=", "ct=99", "e=dublin", "sni=N", "sni=y"],
)
def test_what_is_no_override_changes_nothing(fragment):
    assert Overrides.of(f"https://example.com/cb#{fragment}") == Overrides()


def test_timeouts_are_given_in_milliseconds():
    overrides = Overrides.of("https://example.com/cb#ct=100&rt=15000&tt=2500&rc=1&rp=ct,5xx")
    assert (overrides.connect, overrides.answer, overrides.total) == (0.1, 15.0, 2.5)
    assert overrides.retry_policy == RetryPolicy(
        retries=1, failures=frozenset({Failure.CONNECTION, Failure.SERVER_ERROR})
    )
