"""How much may be under way to each host and for each account: what keeps one of them from holding up the others."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

MOST_UNDER_WAY = 256
MOST_PER_ACCOUNT = 128
MOST_PER_HOST = 128
"""aiohttp posts fastest with about 64 under way; as many more are claimed meanwhile, so that none waits for a claim."""
FIRST_WINDOW = 8
"""For a host that nothing is known of. With 8, a host that never answers holds up no other (measured)."""
MOST_UNPROVEN = MOST_UNDER_WAY // 2
"""For all hosts together that have not answered lately: the other half is always left to those that have."""
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
MOST_REMEMBERED = 1_000


@dataclass(slots=True)
class _Host:
    """`window` is how many attempts may be under way.

    When it is down to one probe, the host is left alone until `resumes_at`: longer after each of `probes` that fails.
    """

    window: int = FIRST_WINDOW
    under_way: int = 0
    is_proven: bool = False
    probes: int = 0
    resumes_at: float = 0.0


class Room(NamedTuple):
    """What may be claimed, in the order of the claim's arguments."""

    slots: dict[str, int]
    proven: list[str]
    slots_of_unknown: int
    account_slots: dict[str, int]
    slots_of_other_accounts: int
    total: int
    unproven: int


class Hosts:
    """The window of a host grows by one with each answer, and halves when none comes, down to one probe.

    What is answered does not matter here: a host that answers 500 at once takes no slot from anybody.
    `clock` is in seconds, and never goes back.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._hosts: dict[str, _Host] = {}
        self._accounts: Counter[str] = Counter()
        self.under_way = 0

    def room(self) -> Room:
        now = self._clock()
        unproven = sum(host.under_way for host in self._hosts.values() if not host.is_proven)
        return Room(
            slots={name: _slots(host, now) for name, host in self._hosts.items()},
            proven=[name for name, host in self._hosts.items() if host.is_proven],
            slots_of_unknown=FIRST_WINDOW,
            account_slots={name: MOST_PER_ACCOUNT - count for name, count in self._accounts.items()},
            slots_of_other_accounts=MOST_PER_ACCOUNT,
            total=MOST_UNDER_WAY - self.under_way,
            unproven=max(0, MOST_UNPROVEN - unproven),
        )

    @property
    def paused(self) -> int:
        """How many hosts are left alone, but for a probe now and then."""
        return sum(host.probes > 0 for host in self._hosts.values())

    def begin(self, name: str, account_sid: str) -> None:
        self._hosts.setdefault(name, _Host()).under_way += 1
        self._accounts[account_sid] += 1
        self.under_way += 1

    def end(self, name: str, account_sid: str, *, answered: bool | None) -> None:
        """Free a slot. `answered`: whether the host gave any answer; None when nothing was asked of it."""
        host = self._hosts[name]
        host.under_way -= 1
        self.under_way -= 1
        self._accounts[account_sid] -= 1
        if not self._accounts[account_sid]:
            del self._accounts[account_sid]
        if answered:
            host.window = min(host.window + 1, MOST_PER_HOST)
            host.is_proven, host.probes, host.resumes_at = True, 0, 0.0
        elif answered is not None:
            self._unanswered(host)
        if len(self._hosts) > MOST_REMEMBERED:
            now = self._clock()
            self._hosts = {name: one for name, one in self._hosts.items() if one.under_way or now < one.resumes_at}

    def _unanswered(self, host: _Host) -> None:
        now = self._clock()
        host.is_proven = False
        if host.window > 1:
            host.window //= 2
        elif now < host.resumes_at:
            return  # it was under way before the pause: that was known
        if host.window == 1:
            host.resumes_at = now + min(FIRST_PAUSE * 2.0**host.probes, LONGEST_PAUSE)
            host.probes = min(host.probes + 1, 10)


def _slots(host: _Host, now: float) -> int:
    return 0 if now < host.resumes_at else max(0, host.window - host.under_way)
