"""What may be under way to each host: windows that grow and shrink, pauses before probes, and shares."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as some

from facts import AC
from service.callbacks.hosts import (
    FIRST_PAUSE,
    FIRST_WINDOW,
    LONGEST_PAUSE,
    MOST_PER_ACCOUNT,
    MOST_PER_HOST,
    MOST_UNDER_WAY,
    MOST_UNPROVEN,
    Hosts,
)


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def hosts(clock):
    return Hosts(clock)


def attempt(hosts, *, answered, host="a:80"):
    hosts.begin(host, AC)
    hosts.end(host, AC, answered=answered)


def slots(hosts, host="a:80"):
    return hosts.room().slots[host]


def test_an_answer_makes_a_host_proven_and_its_window_wider_up_to_the_most(hosts):
    attempt(hosts, answered=True)
    assert (slots(hosts), hosts.room().proven) == (FIRST_WINDOW + 1, ["a:80"])
    for _ in range(2 * MOST_PER_HOST):
        attempt(hosts, answered=True)
    assert slots(hosts) == MOST_PER_HOST


def test_what_is_under_way_takes_slots_of_its_host_its_account_and_all(hosts):
    for _ in range(3):
        hosts.begin("a:80", AC)
    room = hosts.room()
    assert room.slots == {"a:80": FIRST_WINDOW - 3}
    assert room.account_slots == {AC: MOST_PER_ACCOUNT - 3}
    assert (room.total, room.unproven) == (MOST_UNDER_WAY - 3, MOST_UNPROVEN - 3)


def test_a_host_without_answers_is_down_to_a_probe_after_a_pause_that_grows_to_its_longest(hosts, clock):
    for _ in range(FIRST_WINDOW):
        hosts.begin("a:80", AC)
    for _ in range(FIRST_WINDOW):
        hosts.end("a:80", AC, answered=False)
    assert slots(hosts) == 0
    pause = FIRST_PAUSE
    while pause < 4 * LONGEST_PAUSE:
        clock.now += min(pause, LONGEST_PAUSE) - 0.01
        assert slots(hosts) == 0
        clock.now += 0.01
        assert slots(hosts) == 1
        attempt(hosts, answered=False)
        pause *= 2


def test_the_answer_to_a_probe_closes_the_circuit(hosts, clock):
    for _ in range(FIRST_WINDOW):
        attempt(hosts, answered=False)
    clock.now += LONGEST_PAUSE
    attempt(hosts, answered=True)
    assert (slots(hosts), hosts.room().proven) == (2, ["a:80"])
    attempt(hosts, answered=False)
    clock.now += FIRST_PAUSE
    assert slots(hosts) == 1, "the next pause is the first again"


def test_what_was_never_asked_says_nothing_of_its_host(hosts):
    attempt(hosts, answered=None)
    assert (slots(hosts), hosts.room().proven, hosts.room().account_slots) == (FIRST_WINDOW, [], {})


def test_hosts_that_are_idle_are_forgotten_but_not_those_that_are_paused(hosts):
    for _ in range(FIRST_WINDOW):
        attempt(hosts, answered=False, host="dead:80")
    for number in range(2_000):
        attempt(hosts, answered=True, host=f"h{number}:80")
    assert len(hosts.room().slots) <= 1_001
    assert slots(hosts, "dead:80") == 0


@given(some.lists(some.tuples(some.sampled_from("abc"), some.sampled_from([True, False, None])), max_size=200))
def test_no_more_is_ever_under_way_than_there_were_slots_for(story):
    clock = Clock()
    hosts, begun = Hosts(clock), Counter()
    for host, answered in story:
        if hosts.room().slots.get(host, FIRST_WINDOW) > 0:
            hosts.begin(host, AC)
            begun[host] += 1
        elif begun[host]:
            hosts.end(host, AC, answered=answered)
            begun[host] -= 1
        clock.now += 0.5
        assert all(0 <= count <= MOST_PER_HOST for count in begun.values())
        assert hosts.under_way == sum(begun.values())
