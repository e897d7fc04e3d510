"""Rebuilds while the service works: killed over and over, they get there, and no request notices."""

import asyncio
import json
import random
import subprocess
import sys
import threading
import time

import requests

from folded import unlike_the_domain
from histories import live_through
from listener import own_api
from population import CALL
from running import alone
from service.application.handler import CommandHandler
from service.postgres.embedded import running_dsn
from service.postgres.pool import open_pool
from stores import postgres_store

OTHER = "AC" + "7" * 32
KILLS = 10
CLIENTS = 3
PAUSE_SECONDS = 0.02
"""Between a client's requests: the rebuild gets there, whatever the machine."""


class Load(threading.Thread):
    """Creates, updates, lists and deletes recordings until told; what is not answered as it should be is a failure."""

    def __init__(self, service, number: int, over: threading.Event) -> None:
        super().__init__(daemon=True)
        self.call, self.over = f"CA{number:032x}", over
        self.url = f"{service.url}/2010-04-01/Accounts/{service.credentials[0]}"
        self.session, self.failures, self.answered = requests.Session(), [], 0
        self.session.auth = service.credentials
        own_api(service, "PUT", f"/Calls/{self.call}", json={"status": "in-progress"})

    def run(self) -> None:
        recordings = f"/Calls/{self.call}/Recordings"
        while not self.over.is_set():
            sid = self.ask("POST", f"{recordings}.json", 201).get("sid")
            for status in ("paused", "in-progress", "stopped"):
                self.ask("POST", f"{recordings}/{sid}.json", 200, data={"Status": status})
            assert self.ask("GET", f"/Recordings/{sid}.json", 200).get("sid") == sid
            listed = self.ask("GET", "/Recordings.json?PageSize=20", 200).get("recordings", [])
            if sid not in [one["sid"] for one in listed]:
                self.failures.append(f"{sid} is not listed")
            own = self.url.replace("/2010-04-01/", "/v1/")
            self.ask("POST", f"{own}/Recordings/{sid}/Absent", 200, json={})

    def ask(self, method: str, path: str, status: int, **more) -> dict:
        url = path if path.startswith("http") else self.url + path
        time.sleep(PAUSE_SECONDS)
        answer = self.session.request(method, url, timeout=30, **more)
        self.answered += 1
        if answer.status_code != status:
            self.failures.append((method, path, answer.status_code, answer.text))
        return answer.json()


@alone
def test_killed_at_ten_random_moments_under_load_every_rebuild_gets_there_and_no_request_fails(service):
    dsn, choose, over = running_dsn(service.folder), random.Random(11), threading.Event()  # noqa: S311 - moments
    asyncio.run(populate(dsn))
    load = [Load(service, number, over) for number in range(CLIENTS)]
    for client in load:
        client.start()
    killed = resumed = 0
    while killed < KILLS:
        with started(service, "rebuild", "all", "--chunk", "50", "--json") as rebuild:
            time.sleep(choose.uniform(0.5, 3))
            rebuild.kill()
            killed += rebuild.wait() != 0
            resumed += '"resumed":true' in rebuild.stdout.read()
    done = service.verb("rebuild", "all", "--chunk", "50", "--verify", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    rebuilt = [json.loads(line) for line in done.stdout.splitlines()]
    over.set()
    for client in load:
        client.join()
    expected = [("recordings", []), ("usage", []), ("policies", [])]
    assert [(one["projection"], one["differing"]) for one in rebuilt] == expected
    assert resumed + sum(one.get("resumed", 0) for one in rebuilt) > 0
    assert [client.failures for client in load] == [[]] * CLIENTS
    assert asyncio.run(unlike(dsn)) == []
    assert service.verb("verify").returncode == 0


@alone
def test_without_a_terminal_plain_lines_tell_of_the_steps(service):
    own_api(service, "PUT", f"/Calls/{CALL}", json={"status": "in-progress"})
    assert own_api(service, "POST", f"/Calls/{CALL}/Recordings", json={}).status_code == 201
    done = service.verb("rebuild", "recordings", "--verify")
    assert done.returncode == 0
    assert "recordings: folding 0 of 1 events" in done.stderr
    assert "differing   nothing" in done.stdout.lower()


def started(service, *words: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "service", *words, "--data-dir", service.folder]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


async def populate(dsn: str) -> None:
    async with await open_pool(dsn) as pool:
        await live_through(CommandHandler(postgres_store(pool), lambda *_: []), OTHER, 800, steps=6)


async def unlike(dsn: str) -> list[str]:
    async with await open_pool(dsn) as pool:
        return await unlike_the_domain(pool)
