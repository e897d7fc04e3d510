"""One round of load: wrk on the service or the bare handler, pgbench on the database."""

import re
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from bench.running import Account, pgbench, wrk

HERE = Path(__file__).parent
CLIENTS = 32
LONGEST = 120
"""Seconds after which a round is given up."""


def fetches(url: str, authorization: str, paths: list[str], seconds: float) -> float:
    """Return answers a second."""
    return _wrk(url, seconds, "fetch.lua", authorization, *paths)[0]


def creates_and_stops(url: str, accounts: list[Account], seconds: float) -> float:
    """Return recordings created and stopped a second."""
    return _created(url, accounts, seconds, reads=0)[0]


def mixed(url: str, accounts: list[Account], seconds: float) -> int:
    """Create, fetch eight times and stop, over and over; return how many requests were answered."""
    return _created(url, accounts, seconds, reads=8)[1]


def _created(url: str, accounts: list[Account], seconds: float, *, reads: int) -> tuple[float, int]:
    credentials = [word for account in accounts for word in (account.sid, account.authorization)]
    return _wrk(url, seconds, "create_stop.lua", str(reads), *credentials)


def plain_appends(dsn: str, accounts: int, seconds: float, *, pipelined: bool) -> float:
    """Return how many times a second plain SQL commits the two appends of a recording created and stopped."""
    script = (HERE / "append.sql").read_text()
    if not pipelined:
        script = re.sub(r"\\(start|end)pipeline\n", "", script)
    variables = {"accounts": accounts, "n": 0, "run": f"{time.time_ns() // 1_000_000:012x}"}
    return scripted(dsn, script, variables, seconds)


def scripted(dsn: str, script: str, variables: dict[str, object], seconds: float, clients: int = CLIENTS) -> float:
    """Return how many times a second pgbench runs the whole script."""
    parts = urlsplit(dsn)
    command = [pgbench(), "-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-T", str(round(seconds))]
    command += ["-h", parse_qs(parts.query)["host"][0], "-U", "recordkeeper", "-f", "/dev/stdin"]
    command += [word for name, value in variables.items() for word in ("-D", f"{name}={value}")]
    printed = _run([*command, parts.path[1:]], script)
    return float(_found(r"tps = ([\d.]+)", printed)[1])


def _wrk(url: str, seconds: float, script: str, *arguments: str) -> tuple[float, int]:
    command = [wrk(), "-t", "1", "-c", str(CLIENTS), "-d", f"{round(seconds)}s", "-s", str(HERE / script), url]
    printed = _run([*command, "--", *arguments])
    found = _found(r"RESULT ([\d.]+) (\d+) (\d+)", printed)
    if found[2] != "0":
        sys.exit(f"{found[2]} requests failed: figures of refused requests say nothing\n{printed}")
    return float(found[1]), int(found[3])


def _run(command: list[str], sent: str = "") -> str:
    done = subprocess.run(command, input=sent, capture_output=True, text=True, check=False, timeout=LONGEST)
    if done.returncode:
        sys.exit(f"{command[0]} failed: {(done.stderr + done.stdout)[:1000]}")
    return done.stdout


def _found(pattern: str, text: str) -> re.Match[str]:
    if found := re.search(pattern, text):
        return found
    sys.exit(f"no figure in what was printed:\n{text}")
