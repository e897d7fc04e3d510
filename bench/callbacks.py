"""What callbacks cost, beside the sender alone and other queues on the same PostgreSQL, all in one run."""

import argparse
import json
import sys
from collections.abc import Sequence
from statistics import median

from bench.callback_load import kill, latency
from bench.callback_rounds import Drained, Rounds, rounds
from bench.database import Server, server, within
from bench.deliveries import make_accounts
from bench.receiving import receiver, worker

LIMIT = "the sender alone"
GOALS = {LIMIT: (0.55, 0.7), "pgqueuer": (1.15, 1.5), "procrastinate": (8.0, 12.0), "one process": (1.35, 1.35)}
"""Deliveries a second, by what they are compared with: the goal, and what is hoped for."""
MOST_DATABASE_MS = 0.25
LEAST_APPENDS = 0.75
MOST_P99_MS = 50.0
MOST_DRAIN_SECONDS = 3.0
LEAST_FLAT = 0.9
LITTLE_HISTORY, MUCH_HISTORY = 1_000, 1_000_000
CHURNED_AT_ONCE = 5_000


def measure_rates(of: Rounds, asked: argparse.Namespace) -> float:
    """Return deliveries a second of one process of ours."""
    found: dict[str, list[Drained]] = {}
    for number in range(asked.rounds):
        for name, kind, processes in (
            (LIMIT, "memory", 1),
            ("one process", "ours", 1),
            ("pgqueuer", "pgqueuer", 1),
            ("procrastinate", "procrastinate", 1),
            ("two processes", "ours", 2),
        ):
            one = of.drain(kind, processes=processes)
            found.setdefault(name, []).append(one)
            print(f"  round {number + 1}, {name}: {one.rate:,.0f} /s", file=sys.stderr)
    print(f"deliveries, {of.count:,} a drain (procrastinate a tenth)")
    print(f"  {'':18}{'/s':>8}{'own CPU, ms each':>20}{'PostgreSQL, ms each':>22}")
    for name, each in found.items():
        own, database = median(one.own_ms for one in each), median(one.database_ms for one in each)
        print(f"  {name:18}{median(one.rate for one in each):>8,.0f}{own:>20.3f}{database:>22.3f}")
    for name, (goal, hope) in GOALS.items():
        ours = found["two processes" if name == "one process" else "one process"]
        show_ratio("two processes" if name == "one process" else "ours", name, ours, found[name], goal, hope)
    spent = median(one.database_ms for one in found["one process"])
    print(f"PostgreSQL's CPU: {spent:.3f} ms a delivery; goal under {MOST_DATABASE_MS}", end="")
    print(f"  {_met(spent < MOST_DATABASE_MS)}", flush=True)
    return median(one.rate for one in found["one process"])


def show_ratio(
    name: str, other: str, ours: Sequence[Drained], others: Sequence[Drained], goal: float, hope: float
) -> None:
    ratio = median(one.rate / limit.rate for one, limit in zip(ours, others, strict=True))
    saved = median(limit.own_ms / one.own_ms for one, limit in zip(ours, others, strict=True))
    print(f"{name} : {other}: {ratio:.2f}; goal {goal} (hope {hope})  {_met(ratio >= goal)}; by own CPU {saved:.2f}")


def measure_appends(on: Server, asked: argparse.Namespace) -> None:
    with on.database("appends") as dsn, receiver() as customer:
        within(dsn, make_accounts)
        told = dsn, customer.url, str(asked.seconds), str(asked.rounds)
        with worker("bench.appending", "compare", *told) as (process, begin):
            begin()
            assert process.stdout
            found = json.loads(process.stdout.readline())
    ratio, owing, plain = (median(each) for each in zip(*((a / b, a, b) for a, b in found), strict=True))
    print(f"appends: {owing:,.0f} /s that owe a delivery, {plain:,.0f} that owe none; ratio {ratio:.2f},", end="")
    print(f" goal {LEAST_APPENDS}  {_met(ratio >= LEAST_APPENDS)}", flush=True)


def measure_latency(on: Server, rate: float, asked: argparse.Namespace) -> None:
    for hole, name in ((False, "all hosts answer"), (True, "a tenth goes to a host that never answers")):
        found = [latency(on, rate, asked.seconds * 2, hole=hole) for _ in range(asked.rounds)]
        p99 = median(one.p99 for one in found)
        print(f"from commit to request, {rate:,.0f} appends /s beside it, {name}: p50 ", end="")
        print(f"{median(one.p50 for one in found):.1f} ms, p99 {p99:.1f}, worst {max(one.worst for one in found):.0f};")
        print(f"  goal p99 under {MOST_P99_MS:.0f} ms  {_met(p99 < MOST_P99_MS)}", flush=True)


def measure_kills(on: Server, rate: float, asked: argparse.Namespace) -> None:
    for heir_waits, name in ((True, "its heir runs"), (False, "its heir is started then")):
        for _ in range(asked.rounds):
            one = kill(on, rate, asked.seconds, heir_waits=heir_waits)
            met = one.drained - one.began < MOST_DRAIN_SECONDS and not one.lost
            print(f"kill -9 at {rate:,.0f} appends /s, {name}: {one.owed} owed, all delivered after", end="")
            print(f" {one.drained:.2f} s (start-up {one.began:.2f}), {one.lost} lost, {one.duplicates} twice;", end="")
            print(f" goal {MOST_DRAIN_SECONDS:.0f} s  {_met(met)}", flush=True)


def measure_history(of: Rounds, asked: argparse.Namespace) -> None:
    found: dict[int, list[Drained]] = {LITTLE_HISTORY: [], MUCH_HISTORY: []}
    for _ in range(asked.rounds):
        for rows, each in found.items():
            of.of_history(rows)
            each.append(of.drain("ours"))
    for rows, each in found.items():
        rate, cpu = median(one.rate for one in each), median(one.database_ms for one in each)
        print(f"{rows:,} rows of history: {rate:,.0f} deliveries /s, PostgreSQL {cpu:.3f} ms each")
    pairs = list(zip(found[MUCH_HISTORY], found[LITTLE_HISTORY], strict=True))
    ratio = median(much.rate / little.rate for much, little in pairs)
    cost = median(little.database_ms / much.database_ms for much, little in pairs)
    print(
        f"  ratio {ratio:.2f}, of PostgreSQL's CPU {cost:.2f}; goal {LEAST_FLAT}  {_met(ratio >= LEAST_FLAT)}",
        flush=True,
    )


def measure_churn(of: Rounds, asked: argparse.Namespace) -> None:
    first, most, last = (size / 2**20 for size in of.churn(asked.churned, CHURNED_AT_ONCE))
    print(
        f"size of what is owed, {asked.churned:,} delivered, {CHURNED_AT_ONCE:,} at a time: {first:.1f} MB filled",
        end="",
    )
    print(f" first, {most:.1f} at most, {last:.1f} empty at the end", flush=True)


def _met(yes: bool) -> str:  # noqa: FBT001 - what is asked
    return "met" if yes else "MISSED"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5, help="how long a drain takes the sender alone")
    parser.add_argument("--rate", type=float, help="deliveries a second, when they are not measured; else of one drain")
    parser.add_argument("--churned", type=int, default=200_000)
    parser.add_argument("--only", choices=["rates", "appends", "latency", "kills", "history", "churn"])
    asked = parser.parse_args()

    def wanted(*names: str) -> bool:
        return asked.only in {None, *names}

    with server() as on:
        rate = asked.rate
        if wanted("rates", "history", "churn") or not rate:
            with rounds(on, asked.seconds) as of:
                if wanted("rates"):
                    rate = measure_rates(of, asked)
                rate = rate or of.drain("ours").rate
                if wanted("history"):
                    measure_history(of, asked)
                if wanted("churn"):
                    measure_churn(of, asked)
        if wanted("appends"):
            measure_appends(on, asked)
        if wanted("latency"):
            measure_latency(on, rate / 2, asked)
        if wanted("kills"):
            measure_kills(on, rate / 2, asked)


if __name__ == "__main__":
    main()
