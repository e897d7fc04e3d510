"""What was archived is still answered over HTTP; 503 while its place is out of reach."""

import asyncio
import shutil
from datetime import UTC, datetime, timedelta

import asyncpg
import requests

from longlog import write_log
from running import alone
from service.postgres.embedded import running_dsn
from service.postgres.pool import open_pool


async def old_log(dsn: str, account_sid: str) -> str:
    """Write events of a month that is over; return one of its recordings."""
    owner = await asyncpg.connect(dsn)
    await owner.execute("SELECT ensure_events_partitions(0, $1)", datetime(2026, 8, 1, tzinfo=UTC))
    async with await open_pool(dsn, max_size=1) as pool:
        await write_log(pool, account_sid, 120, timedelta(hours=1))
    query = "SELECT recording_sid FROM events_2026_08 WHERE type = 'absent' ORDER BY position LIMIT 1"
    sid = await owner.fetchval(query)
    await owner.close()
    return sid


@alone
def test_an_archived_recordings_events_are_answered_from_its_file(service, tmp_path):
    account = service.credentials[0]
    sid = asyncio.run(old_log(running_dsn(service.folder), account))
    assert service.verb("rebuild", "recordings").returncode == 0
    url = f"{service.url}/v1/Accounts/{account}/Recordings/{sid}/Events"

    def ask(**more) -> requests.Response:
        return requests.get(url, auth=service.credentials, timeout=20, **more)

    before = ask().json()
    assert [event["type"] for event in before["events"]] == ["started", "stopped", "absent"]
    done = service.verb("archive", "--before", "2026-09", "--to", str(tmp_path / "old"), "--drop")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("events_2026_08  events ")
    assert ask().json() == before
    assert [event["type"] for event in ask(params={"PageSize": 2}).json()["events"]] == ["started", "stopped"]
    shutil.move(tmp_path / "old", tmp_path / "away")
    answer = ask()
    assert (answer.status_code, answer.json()["code"]) == (503, 20503)
    assert "does not hold archive/events_2026_08/" in answer.json()["message"]
    unknown = requests.get(url.replace(sid, "RE" + "0" * 32), auth=service.credentials, timeout=20)
    assert unknown.status_code == 404
