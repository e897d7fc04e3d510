"""What a soak amounts to: never written down, lost, late, out of order, told twice."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import asyncpg

from bench.soak_hosts import FAILING, SILENT, SLOW, Arrival

KINDS = ("healthy", "slow", "failing half the time", "silent")
LATE_SECONDS = 5.0


def kind(host: int) -> str:
    if host in SILENT:
        return "silent"
    if host in FAILING:
        return "failing half the time"
    return "slow" if host == SLOW else "healthy"


def judge(
    rows: Sequence[asyncpg.Record], arrivals: Sequence[Arrival], ports: Sequence[int], *, owed: int, has_kills: bool
) -> bool:
    """Print the findings; return whether every promise held. `rows`: all there are, of so many that were `owed`."""
    hosts = {f"127.0.0.1:{port}": number for number, port in enumerate(ports)}
    by_token: dict[str, list[Arrival]] = defaultdict(list)
    for arrival in arrivals:
        by_token[arrival[4]].append(arrival)
    held = [_of_kind(name, [row for row in rows if kind(hosts[row["host"]]) == name], by_token) for name in KINDS]
    missing = owed - len({(row["recording_sid"], row["event"]) for row in rows})
    print(f"owed, and not on record: {missing}")
    # Where nobody was killed, an attempt without its record excuses no duplicate: there is no such attempt.
    unrecorded = sum(row["attempt"] != row["recorded"] for row in rows)
    print(f"an attempt without its record: {unrecorded}")
    disordered = _disordered(arrivals)
    print(f"in-progress after completed: {disordered}")
    unexplained = [
        row["token"]
        for row in rows
        if (sum(taken for *_, taken in by_token[row["token"]]) > 1 and row["attempt"] == row["recorded"])
        or len(by_token[row["token"]]) > row["attempt"]
    ]  # fmt: skip
    print(f"told again although the outcome was known: {len(unexplained)}")
    return all(held) and not (missing or disordered or unexplained) and (has_kills or not unrecorded)


def _of_kind(name: str, rows: Sequence[asyncpg.Record], by_token: dict[str, list[Arrival]]) -> bool:
    delays, twice, lost, late = [], 0, 0, 0
    for row in rows:
        came = by_token[row["token"]]
        taken = sum(taken for *_, taken in came)
        twice += taken > 1
        # One that was taken may be owed still: the worker that sent it was killed before it wrote that down.
        lost += (row["status"] == "delivered" and not taken) or row["status"] in {"discarded", "failed"}
        if came:
            delays.append(min(arrival[0] for arrival in came) - row["created"])
        late += not came or delays[-1] > LATE_SECONDS
    delays.sort()
    statuses = ", ".join(
        f"{count:,} {status}" for status, count in Counter(row["status"] for row in rows).most_common()
    )
    spread = " / ".join(f"{delays[int(share * (len(delays) - 1))]:.3f}" for share in (0.5, 0.99, 1)) if delays else "-"
    print(f"{name}: {len(rows):,} owed: {statuses}; lost {lost}, taken twice {twice}")
    print(f"  seconds from event to its first attempt, p50 / p99 / longest: {spread}")
    if name in {"healthy", "slow"}:
        lost += sum(row["status"] != "delivered" for row in rows)
        return not lost and not late
    return not lost


def _disordered(arrivals: Sequence[Arrival]) -> int:
    told: set[str] = set()
    count = 0
    for _, _, recording, status, _, _ in sorted(arrivals):
        if status == "completed":
            told.add(recording)
        else:
            count += recording in told
    return count
