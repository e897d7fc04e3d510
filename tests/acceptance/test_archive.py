"""What was archived is still answered over HTTP; 503 while its place is out of reach."""

import asyncio
import json
import shutil
import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import asyncpg
import pytest
import requests

from listener import own_api
from longlog import moment, write_log
from population import CALL
from service.postgres.embedded import running_dsn
from service.postgres.pool import open_pool


async def old_log(dsn: str, account_sid: str) -> str:
    """Write events up to August, a month that is over; return one of its recordings."""
    owner = await asyncpg.connect(dsn)
    await owner.execute("SELECT ensure_events_partitions(0, $1)", datetime(2026, 8, 1, tzinfo=UTC))
    async with await open_pool(dsn, max_size=1) as pool:
        await write_log(pool, account_sid, 120, timedelta(hours=1))
    query = "SELECT recording_sid FROM events_2026_08 WHERE type = 'absent' ORDER BY position LIMIT 1"
    sid = await owner.fetchval(query)
    await owner.close()
    return sid


HOURLY = timedelta(hours=1)
SEALING = {"RECORDKEEPER_SEAL_SECONDS": "0.3"}
LINES = {"Accept": "application/x-ndjson"}
QUESTIONS = (
    "PageSize=37",
    "AfterPosition=20&PageSize=50",
    "Type=absent&Type=stopped",
    f"OccurredAfter={moment(20, HOURLY)}&OccurredBefore={moment(60, HOURLY)}",
    f"CallSid=CA{'b' * 32}&Type=absent",
)


def ask(service, path: str, **more) -> requests.Response:
    return requests.get(f"{service.url}{path}", auth=service.credentials, timeout=20, **more)


def pages(service, path: str) -> list[list[dict]]:
    found = []
    while path:
        page = ask(service, path).json()
        found.append(page["events"])
        path = (page["meta"]["next_page_url"] or "").removeprefix(service.url)
    return found


def followed(service, path: str, count: int) -> list[str]:
    with ask(service, path, stream=True) as answer:
        data = (line for line in answer.iter_lines(chunk_size=1, decode_unicode=True) if line.startswith("data: "))
        return list(islice(data, count))


def answers(service, sid: str, seal: int) -> list:
    """Return what is answered of events up to the 120th, in every form."""
    account = service.credentials[0]
    events, recording = f"/v1/Accounts/{account}/Events", f"/v1/Accounts/{account}/Recordings/{sid}"
    single = (
        *(f"{recording}/Events?PageSize={size}" for size in (2, 50)),
        *(f"{recording}?At={moment(position, HOURLY)}" for position in (28, 120)),
        *(f"{recording}/Events/{version}/Proof" for version in (1, 3)),
        f"/v1/Accounts/{account}/Integrity/Consistency?From=1&To={seal}",
    )
    shown = service.verb("events", "--account", account, "--json")
    assert (shown.returncode, shown.stderr) == (0, "")
    return [
        *(pages(service, f"{events}?{question}") for question in QUESTIONS),
        *(list(map(json.loads, ask(service, f"{events}?{one}", headers=LINES).iter_lines())) for one in QUESTIONS[1:]),
        [json.loads(data[6:]) for data in followed(service, f"{events}/Stream?AfterPosition=9", 111)],
        *(answer.json() for answer in (ask(service, path) for path in single) if answer.raise_for_status() is None),
        list(map(json.loads, shown.stdout.splitlines())),
    ]


def archived(service, folder: Path) -> str:
    """Archive August, as soon as it is counted and sealed; return what was said."""
    deadline = time.monotonic() + 30
    while True:
        done = service.verb("archive", "--before", "2026-09", "--to", str(folder), "--drop")
        if done.returncode == 0:
            return done.stdout
        assert "run this again" in done.stderr
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.parametrize("service", [SEALING], indirect=True)
def test_all_is_answered_as_before_from_files(service, tmp_path):
    account = service.credentials[0]
    sid = asyncio.run(old_log(running_dsn(service.folder), account))
    assert service.verb("rebuild", "recordings").returncode == 0
    consistency = f"/v1/Accounts/{account}/Integrity/Consistency?From=1"
    while ask(service, consistency).status_code != 200:
        time.sleep(0.1)
    seal = ask(service, consistency).json()["to"]["seal"]["n"]
    before = answers(service, sid, seal)
    assert archived(service, tmp_path / "old").startswith("events_2026_08  events ")
    recording = f"/v1/Accounts/{account}/Recordings/{sid}"
    shutil.move(tmp_path / "old", tmp_path / "away")
    for path in (f"{recording}/Events", f"/v1/Accounts/{account}/Events", f"{recording}/Events/1/Proof"):
        answer = ask(service, path, headers=LINES)
        assert (answer.status_code, answer.json()["code"]) == (503, 20503)
        assert "does not hold archive/events_2026_08/" in answer.json()["message"]
    refused = service.verb("events", "--account", account)
    assert (refused.returncode, "does not hold archive/" in refused.stderr) == (1, True)
    shutil.move(tmp_path / "away", tmp_path / "old")
    assert answers(service, sid, seal) == before
    assert ask(service, f"{recording[:-32]}{'0' * 32}/Events").status_code == 404
    own_api(service, "PUT", f"/Calls/{CALL}", json={"status": "in-progress"})
    service.client().calls(CALL).recordings.create()
    while (proof := ask(service, consistency).json())["to"]["length"] == 120:
        time.sleep(0.1)
    assert (proof["from"]["length"], proof["to"]["length"]) == (120, 121)
