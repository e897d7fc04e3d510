"""Live streams: what each costs, and whether every frame of them is in the file."""

import io
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import numpy as np
import soundfile

from bench.line import FRAME, TRACKS, begin_of, call_sid, spoken
from bench.running import Running

SETTLE_SECONDS = 3.0
"""After the start, before anything is measured: starting is measured by itself."""
TICKS = os.sysconf("SC_CLK_TCK")
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Streamed:
    streams: int
    cpu: float
    """Seconds of the serving process a second, of one core."""
    database_cpu: float
    memory_kb: float
    """By which the serving process' own share of memory (PSS) grew, a stream."""
    wrong_ms: float
    """Milliseconds of sound, of all streams' two tracks, that are not in the files as they were sent."""
    sent_ms: float
    late_ms: float


def family(pid: int) -> list[int]:
    """Return the processes that a process started, and theirs."""
    found = [pid]
    for one in found:  # it grows while it is read
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            found += map(int, children.read_text().split())
    return found[1:]


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process, none of one that has just ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def pss_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def stream(
    running: Running, first: int, streams: int, seconds: float, *, record: str = "true", pause: float = 0.005
) -> Streamed:
    """Stream so many calls at once for so long, begun `pause` seconds apart, and look at what became of them."""
    account, before = running.accounts[0], pss_kb(running.pid)
    url = running.url.replace("http", "ws") + "/v1/MediaStream"
    said = (url, account.authorization, account.sid, str(first), str(streams), str(seconds), record, str(pause))
    line = subprocess.Popen([sys.executable, "-m", "bench.line", *said], stdout=subprocess.PIPE, text=True)
    time.sleep(SETTLE_SECONDS + pause * streams)
    database = [pid for pid in family(running.pid) if b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    began, cpu, other = time.monotonic(), cpu_seconds(running.pid), sum(map(cpu_seconds, database))
    time.sleep(max(1.0, seconds - SETTLE_SECONDS - 2))
    passed = time.monotonic() - began
    cpu, other = cpu_seconds(running.pid) - cpu, sum(map(cpu_seconds, database)) - other
    grown = pss_kb(running.pid) - before
    told = json.loads(line.communicate(timeout=LONGEST)[0])
    wrong, sent = compared(running, range(first, first + streams), seconds)
    return Streamed(streams, cpu / passed, other / passed, grown / streams, wrong, sent, told["late_ms"])


def compared(running: Running, numbers: range, seconds: float) -> tuple[float, float]:
    """Return how many milliseconds of the two tracks of the calls are not as they were sent, and how many there are."""
    sids = completed(running, numbers)
    frames = round(seconds * 50)
    tracks = [np.frombuffer(_linear(spoken(track)), np.int16).reshape(-1, FRAME) for track in TRACKS]

    def wrong(number: int) -> int:
        said = np.stack(
            [np.take(one, range(begin_of(number), begin_of(number) + frames), 0, mode="wrap") for one in tracks]
        )
        sent = said.reshape(len(TRACKS), -1).T
        samples, _ = soundfile.read(io.BytesIO(_wav(running, sids[number])), dtype="int16", always_2d=True)
        kept = min(len(samples), len(sent))
        return int(np.any(samples[:kept] != sent[:kept], axis=1).sum()) + abs(len(samples) - len(sent))

    with ThreadPoolExecutor(4) as together:
        return sum(together.map(wrong, numbers)) / 8, frames * 20.0 * len(numbers)


def _linear(coded: bytes) -> bytes:
    file = io.BytesIO(coded)
    samples, _ = soundfile.read(file, samplerate=8000, channels=1, format="RAW", subtype="ULAW", dtype="int16")
    return samples.tobytes()


def completed(running: Running, numbers: range) -> dict[int, str]:
    """Return the calls' recordings once all are finished."""
    wanted = {call_sid(number): number for number in numbers}
    for _ in range(LONGEST):
        rows = [row for row in _listed(running) if row["call_sid"] in wanted]
        if len(rows) == len(wanted) and all(row["status"] == "completed" for row in rows):
            return {wanted[row["call_sid"]]: row["sid"] for row in rows}
        time.sleep(1)
    sys.exit(f"{len(wanted)} calls were recorded; these are their recordings: {[row['status'] for row in rows]}")


def _listed(running: Running) -> list[dict[str, str]]:
    account = running.accounts[0]
    path = f"/2010-04-01/Accounts/{account.sid}/Recordings.json?PageSize=1000"
    return json.loads(get(running.url + path, account.authorization))["recordings"]


def _wav(running: Running, sid: str) -> bytes:
    account = running.accounts[0]
    return get(f"{running.url}/2010-04-01/Accounts/{account.sid}/Recordings/{sid}.wav", account.authorization)


def get(url: str, authorization: str) -> bytes:
    with urlopen(Request(url, headers={"Authorization": authorization}), timeout=LONGEST) as answer:
        return answer.read()
