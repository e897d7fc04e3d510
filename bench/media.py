"""What live streams, finishing and downloads cost, beside what this machine allows, all in one run."""

import argparse
import json
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from urllib.request import Request, urlopen

import numpy as np
import soundfile

from bench.finishing import Hour, downloads, hour, plain
from bench.line import call_sid
from bench.running import Running, await_port, service
from bench.streaming import completed, get, stream

MOST_CPU = 1.0
MOST_KB = 1024
MOST_WAV_SECONDS = 2.0
LEAST_MP3 = 0.5
LEAST_DOWNLOAD = 0.8
AT_ONCE = 50


def measure_streams(running: Running, asked: argparse.Namespace) -> None:
    print("live dual streams: CPU of one core, the database's beside it; memory a stream; sound not in the files")
    first = 1000
    for streams in asked.streams:
        one = stream(running, first, streams, asked.seconds)
        first += streams
        met = one.cpu < MOST_CPU and one.memory_kb < MOST_KB and not one.wrong_ms
        each = f"{one.cpu / streams * 1000:.2f} ms a second and stream"
        print(f"  {streams:4} streams: CPU {one.cpu:.2f} + {one.database_cpu:.2f}, {each}; {one.memory_kb:,.0f} KB;")
        print(
            f"       {one.wrong_ms:,.0f} of {one.sent_ms:,.0f} ms missing; sender late by {one.late_ms:.0f} ms at most",
            end="",
        )
        print("  met" if met else "  MISSED", flush=True)


def measure_first_audio(running: Running) -> None:
    """Fifty calls begin in the same moment: recorded because their streams ask for it, or were asked for before."""
    account = running.accounts[0]
    for number in range(AT_ONCE):
        base = f"/2010-04-01/Accounts/{account.sid}/Calls/{call_sid(2 * AT_ONCE + number)}/Recordings.json"
        headers = {"Authorization": account.authorization}
        urlopen(Request(running.url + base, b"RecordingChannels=dual", headers)).close()
    for name, first, record in (("Record", 0, "true"), ("API", 2 * AT_ONCE, "false")):
        one = stream(running, first, AT_ONCE, 6, record=record, pause=0)
        met = "met" if not one.wrong_ms else "MISSED"
        print(f"first audio, {AT_ONCE} at once by {name}: {one.wrong_ms:,.0f} ms missing  {met}", flush=True)


def measure_finishing(asked: argparse.Namespace) -> None:
    seconds = asked.minutes * 60
    with hour(seconds) as folder:
        one = Hour(Path(folder), seconds)
        rounds = [(one.to_wav(), one.raw(), one.to_all()) for _ in range(asked.rounds)]
    wav, raw, whole = (median(each) for each in zip(*rounds, strict=True))
    ratio, most = median(raw / whole for _, raw, whole in rounds), MOST_WAV_SECONDS * asked.minutes / 60
    print(
        f"{asked.minutes} minutes of dual audio to WAV, both files: {wav:.2f} s, {seconds / wav:,.0f} times real time;"
    )
    print(f"  goal under {most:.2f} s  {'met' if wav < most else 'MISSED'}")
    print(f"to WAV and MP3, all four files: {whole:.1f} s, {seconds / whole:,.0f} times real time; lameenc")
    print(f"  alone: {seconds / raw:,.0f}; ratio {ratio:.2f}, goal {LEAST_MP3}  {_met(ratio, LEAST_MP3)}")


def _met(ratio: float, goal: float) -> str:
    return "met" if ratio >= goal else "MISSED"


def measure_downloads(running: Running, asked: argparse.Namespace) -> None:
    account, number = running.accounts[0], 900
    path = f"/2010-04-01/Accounts/{account.sid}/Calls/{call_sid(number)}/Recordings.json"
    made = json.load(urlopen(Request(running.url + path, b"", {"Authorization": account.authorization})))
    with hour(0) as folder, ExitStack() as stack:
        upload = Path(folder) / "whole.wav"
        _wav(upload, asked.minutes * 60)
        url = f"{running.url}/v1/Accounts/{account.sid}/Recordings/{made['sid']}/Media"
        headers = {"Authorization": account.authorization}
        urlopen(Request(url, upload.read_bytes(), headers, method="PUT")).close()
        completed(running, range(number, number + 1))
        ours = f"{running.url}/2010-04-01/Accounts/{account.sid}/Recordings/{made['sid']}.wav"
        upload.write_bytes(get(ours, account.authorization))
        serving, port = plain(Path(folder))
        await_port(port, stack.enter_context(serving))
        rounds = []
        for _ in range(asked.rounds):
            bare = downloads(f"http://127.0.0.1:{port}/whole.wav", "", 3)
            rounds.append((downloads(ours, account.authorization, 3), bare))
            time.sleep(0.2)
    ratio = median(one / bare for one, bare in rounds)
    fast, bare = (median(each) for each in zip(*rounds, strict=True))
    print(f"download: {fast:,.0f} MB/s, a plain file {bare:,.0f}; ratio {ratio:.2f}, goal {LEAST_DOWNLOAD}", end="")
    print(f"  {_met(ratio, LEAST_DOWNLOAD)}")


def _wav(path: Path, seconds: int) -> None:
    with soundfile.SoundFile(path, "w", 8000, 2, "PCM_16") as file:
        block = np.random.default_rng(1).integers(-9000, 9000, (80000, 2)).astype(np.int16)
        for _ in range(seconds // 10):
            file.write(block)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, nargs="+", default=[20, 50, 100, 200])
    parser.add_argument("--seconds", type=float, default=15, help="how long each number of streams lasts")
    parser.add_argument(
        "--minutes", type=int, default=60, help="how long the recording is that is finished, downloaded"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["streams", "first", "finishing", "downloads"])
    asked = parser.parse_args()
    if asked.only in {None, "finishing"}:
        measure_finishing(asked)
    if asked.only == "finishing":
        sys.exit()
    with service(1) as running:
        if asked.only in {None, "first"}:
            measure_first_audio(running)
        if asked.only in {None, "streams"}:
            measure_streams(running, asked)
        if asked.only in {None, "downloads"}:
            measure_downloads(running, asked)


if __name__ == "__main__":
    main()
