"""The verbs beside the service, on a database of the tests' own."""

import subprocess
import sys
from pathlib import Path

import duckdb
import orjson

from facts import AC
from running import verb


def command(database: str, *words: str) -> list[str]:
    return [sys.executable, "-m", "service", *words, "--database-url", database]


def recordkeeper(database: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return verb(*words, "--database-url", database, **environment)


def export(database: str, what: str, to: Path, *more: str) -> list[dict]:
    done = recordkeeper(database, "export", what, "--to", str(to), *more, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return [orjson.loads(line) for line in done.stdout.splitlines()]


def positions(folder: Path, account: str = AC) -> list[int]:
    files = duckdb.read_parquet(f"{folder}/events/account_sid={account}/*/*.parquet")
    return [row[0] for row in files.order("position").project("position").fetchall()]
