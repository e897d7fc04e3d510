"""What the API does against what the same machine allows, both in one run, in alternating rounds."""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from urllib.request import Request, urlopen

from bench.load import CLIENTS, creates_and_stops, fetches, mixed, plain_appends
from bench.running import CONNECTIONS, Account, Running, bare, pgbench, service, wrk

RECORDINGS = 100
"""How many recordings the fetches go round."""
ACCOUNTS = 8
MEMORY_STEPS = (10_000, 50_000, 100_000)
MOST_MEMORY_MB = 150
MOST_GROWTH = 1.1


@dataclass(frozen=True, slots=True)
class Measured:
    name: str
    ours: list[float]
    limit: list[float]
    goal: float

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios: each compares two figures taken seconds apart."""
        return median(ours / limit for ours, limit in zip(self.ours, self.limit, strict=True))


def alternating(
    name: str, ours: Callable[[float], float], limit: Callable[[float], float], goal: float, asked: argparse.Namespace
) -> Measured:
    ours(1)
    limit(1)
    rounds = []
    for number in range(asked.rounds):
        rounds.append((ours(asked.seconds), limit(asked.seconds)))
        print(f"  {name}, round {number + 1}: {rounds[-1][0]:,.0f} of {rounds[-1][1]:,.0f}", file=sys.stderr)
    return Measured(name, [first for first, _ in rounds], [second for _, second in rounds], goal)


def measure_fetch(running: Running, asked: argparse.Namespace) -> Measured:
    account = running.accounts[0]
    sids = [_create(running.url, account) for _ in range(RECORDINGS)]
    our_paths = [f"/2010-04-01/Accounts/{account.sid}/Recordings/{sid}.json" for sid in sids]
    bare_paths = [f"/{account.sid}/{sid}" for sid in sids]
    with bare(running.dsn) as bare_url:
        return alternating(
            "fetch /s",
            lambda seconds: fetches(running.url, account.authorization, our_paths, seconds),
            lambda seconds: fetches(bare_url, account.authorization, bare_paths, seconds),
            0.5,
            asked,
        )


def measure_appends(running: Running, accounts: int, asked: argparse.Namespace) -> Measured:
    chosen = running.accounts[:accounts]
    return alternating(
        f"create + stop /s, {accounts} account{'s' if accounts > 1 else ''}",
        lambda seconds: creates_and_stops(running.url, chosen, seconds),
        lambda seconds: plain_appends(running.dsn, accounts, seconds, pipelined=asked.pipelined),
        0.25,
        asked,
    )


def measure_memory(running: Running) -> list[float]:
    """Return the serving process' memory in MB after each step: a create, eight fetches and a stop, over and over."""
    sizes, sent = [], 0
    for step in MEMORY_STEPS:
        while sent < step:
            sent += mixed(running.url, running.accounts, 4)
        sizes.append(_resident_mb(running.pid))
        print(f"  after {step:,} requests: {sizes[-1]:.1f} MB", file=sys.stderr)
    return sizes


def _resident_mb(pid: int) -> float:
    with open(f"/proc/{pid}/status") as status:  # noqa: PTH123 - not a file but the kernel's answer
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def _create(url: str, account: Account) -> str:
    path = f"/2010-04-01/Accounts/{account.sid}/Calls/CA{'0' * 32}/Recordings.json"
    asked = Request(url + path, method="POST", headers={"Authorization": account.authorization})
    with urlopen(asked) as answer:
        return str(json.load(answer)["sid"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--pipelined", action="store_true", help="let pgbench send each transaction in one round trip")
    parser.add_argument("--only", choices=["fetch", "create", "memory"])
    asked = parser.parse_args()
    wrk()
    pgbench()
    measured, sizes = [], []
    if asked.only != "memory":
        with service(ACCOUNTS) as running:
            if asked.only != "create":
                measured.append(measure_fetch(running, asked))
            if asked.only != "fetch":
                measured += [measure_appends(running, accounts, asked) for accounts in (1, ACCOUNTS)]
    if asked.only in {None, "memory"}:
        with service(ACCOUNTS) as running:
            sizes = measure_memory(running)
    show(measured, sizes, asked)


def show(measured: list[Measured], sizes: list[float], asked: argparse.Namespace) -> None:
    print(
        f"{CLIENTS} clients, {CONNECTIONS} database connections; {asked.rounds} rounds of {asked.seconds} s: medians\n"
    )
    print(f"{'':32}{'ours':>10}{'limit':>10}{'ratio':>8}{'goal':>8}")
    for one in measured:
        ours, limit = median(one.ours), median(one.limit)
        met = "met" if one.ratio >= one.goal else "MISSED"
        print(f"{one.name:32}{ours:>10,.0f}{limit:>10,.0f}{one.ratio:>8.2f}{one.goal:>8.2f}  {met}")
    if sizes:
        flat = max(sizes) < MOST_MEMORY_MB and sizes[-1] <= sizes[0] * MOST_GROWTH
        steps = ", ".join(f"{size:.1f} at {step:,}" for size, step in zip(sizes, MEMORY_STEPS, strict=True))
        goal = f"goal under {MOST_MEMORY_MB}, growth {sizes[-1] / sizes[0] - 1:+.1%} of at most 10 %"
        print(f"memory, MB by requests: {steps}; {goal}  {'met' if flat else 'MISSED'}")


if __name__ == "__main__":
    main()
