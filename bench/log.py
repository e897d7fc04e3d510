"""What the log does beside what the same server allows, and beside another library, all in one run.

A rebuild beside the bare statement, and under load, is `bench.rebuild`'s.
"""

import argparse
import sys
from statistics import median

from bench.api import alternating
from bench.database import Server, server, within
from bench.deliveries import ACCOUNTS, make_accounts
from bench.load import CLIENTS
from bench.log_append import by_pgbench, stored
from bench.log_reads import Pair, audits, pages
from bench.running import pgbench

LEAST_APPENDS = 0.8
LEAST_REBUILD = 5.0
MOST_AUDIT = 2.0
MOST_PAGE = 1.5
SMALL = 10_000
LARGE = 10_000_000
"""Events of the log that the goal of an audit query speaks of."""
LATE_PAGE = 1_000


def measure_appends(on: Server, asked: argparse.Namespace) -> None:
    for clients, accounts in ((CLIENTS, len(ACCOUNTS)), (CLIENTS, 1), (1, 1)):
        with on.database("appends") as dsn:
            within(dsn, make_accounts)
            name = f"appends /s, clients: {clients}, accounts: {accounts}"
            found = alternating(
                name,
                lambda seconds, of=(dsn, clients, accounts): stored(seconds, *of),
                lambda seconds, of=(dsn, clients, accounts): by_pgbench(seconds, *of),
                LEAST_APPENDS,
                asked,
            )
        print(f"{name}: {median(found.ours):,.0f} through the store, {median(found.limit):,.0f} by pgbench;", end="")
        print(f" ratio {found.ratio:.2f}, goal {LEAST_APPENDS}  {_met(found.ratio >= LEAST_APPENDS)}", flush=True)


def measure_replay(on: Server, asked: argparse.Namespace) -> None:
    from bench.log_replay import ways  # noqa: PLC0415 - the library is needed for this alone

    found: dict[str, list[float]] = {}
    with ways(on, asked.events) as known:
        for number in range(asked.rounds):
            for name, replay in known.items():
                found.setdefault(name, []).append(replay())
                print(f"  {name}, round {number + 1}: {found[name][-1]:,.0f} events /s", file=sys.stderr)
    print(f"replay of {asked.events:,} events, events /s:")
    for name, rates in found.items():
        print(f"  {name:38}{median(rates):>10,.0f}")
    domain, streams, in_order, once, rebuilt = found.values()
    faster = [max(pair) for pair in zip(streams, in_order, strict=True)]
    folded = median(ours / theirs for ours, theirs in zip(domain, streams, strict=True))
    print(f"  stream by stream, the domain : eventsourcing: {folded:.2f}")
    for name, rates in (("the rebuild's statement", once), ("a rebuild, online", rebuilt)):
        ratio = median(ours / theirs for ours, theirs in zip(rates, faster, strict=True))
        print(f"  {name} : eventsourcing's faster: {ratio:.1f}; goal {LEAST_REBUILD:.0f}", end="")
        print(f"  {_met(ratio >= LEAST_REBUILD)}", flush=True)


def measure_audit(on: Server, asked: argparse.Namespace) -> None:
    found = audits(on, (SMALL, asked.large), asked.seconds, asked.rounds)
    show_times("audit query of one recording", f"a log of {SMALL:,}", f"of {asked.large:,}", found, MOST_AUDIT)
    if asked.large != LARGE:
        print(f"  that is not the goal's size: `--large {LARGE}` is", flush=True)


def measure_list(on: Server, asked: argparse.Namespace) -> None:
    number = min(LATE_PAGE, asked.recordings // 50)
    found = pages(on, asked.recordings, number, asked.seconds, asked.rounds)
    show_times(f"list of {asked.recordings:,} recordings", "page 1", f"page {number:,}", found, MOST_PAGE)


def show_times(name: str, one: str, other: str, found: list[Pair], most: float) -> None:
    """Print how many times as long the slower takes, whichever that is."""
    ratio = median(second / first for first, second in found)
    slower = max(ratio, 1 / ratio)
    first, second = (median(each) for each in zip(*found, strict=True))
    print(f"{name}: {first:.3f} ms in {one}, {second:.3f} in {other};", end="")
    print(f" within {slower:.2f} times, goal {most}  {_met(slower <= most)}", flush=True)


def _met(yes: bool) -> str:  # noqa: FBT001 - what is asked
    return "met" if yes else "MISSED"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--events", type=int, default=100_000, help="that are replayed")
    parser.add_argument("--large", type=int, default=1_000_000, help="events of the log that an auditor asks")
    parser.add_argument("--recordings", type=int, default=1_000_000, help="of the account whose list is read")
    measures = {"append": measure_appends, "replay": measure_replay, "audit": measure_audit, "list": measure_list}
    parser.add_argument("--only", choices=list(measures))
    asked = parser.parse_args()
    pgbench()
    with server() as on:
        for name, measure in measures.items():
            if asked.only in {None, name}:
                measure(on, asked)


if __name__ == "__main__":
    main()
