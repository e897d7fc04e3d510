"""Days in numbers over HTTP: as things happen, page by page, and what is not understood is said."""

import asyncio
import json
import time
from datetime import UTC, datetime
from operator import itemgetter

import pyarrow.parquet as pq
import pytest
import requests
from aiohttp import web

from listener import own_api
from receiver import receiver
from running import alone
from service.postgres.embedded import running_dsn
from service.postgres.pool import open_pool
from service.projections.usage import Usage

DAILY = "/Analytics/Daily"
CALLBACKS = ("delivered", "failed", "discarded", "pending")


@pytest.fixture
def days(service):
    """Have something happen on four days of the past and today; the read model is asked until it says so."""
    for day in (*range(1, 5), None):
        at = {"occurred_at": f"2026-03-0{day}T23:59:59.5Z"} if day else {}
        call = f"CA{day or 9:032x}"
        own_api(service, "PUT", f"/Calls/{call}", json={"status": "in-progress"} | at)
        made = own_api(service, "POST", f"/Calls/{call}/Recordings", json=at)
        assert made.status_code == 201, made.text
        assert own_api(service, "POST", f"/Recordings/{made.json()['sid']}/Absent", json={}).status_code == 200
    return sum_of(service, "started", 5)


def sum_of(service, name, number):
    """Return the days once they come to a number."""
    deadline = time.monotonic() + 30
    while True:
        answer = own_api(service, "GET", DAILY)
        assert answer.status_code == 200, answer.text
        days = answer.json()["daily"]
        if sum(day[name] for day in days) == number:
            return days
        assert time.monotonic() < deadline, days
        time.sleep(0.1)


def test_days_are_read_page_by_page_newest_first(service, days):
    today = datetime.now(UTC).date().isoformat()
    past = [f"2026-03-0{day}" for day in (4, 3, 2, 1)]
    assert [(day["date"], day["started"]) for day in days] == [(today, 1), *((day, 1) for day in past)]
    assert sum(day["absent"] for day in days) == 5
    assert days[0]["absent_by_code"] == {"16101": 5}  # absent is said with the service's own time

    def page(url):
        body = requests.get(url, auth=service.credentials, timeout=10).json()
        return [day["date"] for day in body["daily"]], body["meta"]

    url = f"{service.url}/v1/Accounts/{service.credentials[0]}{DAILY}?EndDate=2026-03-04&PageSize=2"
    first, meta = page(url)
    second, last = page(meta["next_page_url"])
    assert (first, second, last["next_page_url"], meta["key"]) == (past[:2], past[2:], None, "daily")
    assert page(last["previous_page_url"])[0] == first
    chosen = own_api(service, "GET", f"{DAILY}?StartDate=2026-03-02&EndDate=2026-03-03").json()["daily"]
    assert [day["date"] for day in chosen] == past[1:3]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("StartDate=2026-02-30", "StartDate must be a day such as 2026-11-22; it was '2026-02-30'"),
        ("EndDate=yesterday", "EndDate must be a day such as"),
        ("StartDate=2026-03-02&EndDate=2026-03-01", "StartDate must not be after EndDate"),
        ("PageToken=PA2026-99-99", "PageToken must be a day"),
        ("Category=recordings", "Category: this path takes the query parameters StartDate, EndDate"),
    ],
)
def test_a_query_that_is_not_understood_is_refused_in_words(service, query, sentence):
    answer = own_api(service, "GET", f"{DAILY}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert sentence in answer.json()["message"]


def call_back(service, day: str, url: str) -> None:
    """Have a recording begin on a day, which is told to a URL."""
    call, at = f"CA{int(day[-2:]):032x}", {"occurred_at": f"{day}T12:00:00Z"}
    own_api(service, "PUT", f"/Calls/{call}", json={"status": "in-progress"} | at)
    asked = {"recording_status_callback": url, "recording_status_callback_event": ["in-progress"]}
    made = own_api(service, "POST", f"/Calls/{call}/Recordings", json=asked | at)
    assert made.status_code == 201, made.text


async def counted(service, *outcomes: tuple[int, ...]) -> list[dict]:
    """Return the days as answered once their callbacks came to these outcomes; they are counted now, not in a while."""
    deadline = time.monotonic() + 30
    async with await open_pool(running_dsn(service.folder), max_size=1) as pool:
        while True:
            await Usage(pool).count_callbacks()
            days = (await asyncio.to_thread(own_api, service, "GET", DAILY)).json()["daily"]
            if [tuple(day["callbacks"][name] for name in CALLBACKS) for day in days] == [*outcomes]:
                return days
            assert time.monotonic() < deadline, days
            await asyncio.sleep(0.1)


def exported(service, folder) -> list[dict]:
    """Return the days as they are in the files of an export, in the form and order of the answer."""
    done = service.verb("export", "usage", "--to", str(folder))
    assert done.returncode == 0, done.stderr
    rows = pq.read_table(folder, partitioning="hive").to_pylist()
    plain = ("account_sid", "started", "completed", "absent", "deleted", "seconds_recorded", "seconds_paused")
    return [
        {name: row[name] for name in plain}
        | {"date": row["day"], "absent_by_code": json.loads(row["absent_by_code"])}
        | {"duration": {name: row[f"duration_{name}"] for name in ("median", "p95")}}
        | {"stop_to_completed": {name: row[f"finishing_{name}"] for name in ("median", "p95")}}
        | {"callbacks": {name: row[f"callbacks_{name}"] for name in CALLBACKS}}
        for row in sorted(rows, key=itemgetter("day"), reverse=True)
    ]


@alone
async def test_files_of_an_export_say_what_is_answered_callbacks_too_and_each_day_once(service, tmp_path):
    async with receiver() as customer:
        told, gone = f"{customer.url}/told", f"{customer.url}/gone"
        never, later = "http://10.0.0.1/", "http://127.0.0.1:9/"
        customer.answer = lambda received: web.Response(status=410 if received.url == gone else 204)
        for day, urls in {"2026-03-01": [told, gone, gone], "2026-03-02": [never, later, later, never, never]}.items():
            for url in urls:
                await asyncio.to_thread(call_back, service, day, url)
        days = await counted(service, (0, 0, 3, 2), (1, 2, 0, 0))
        assert [day["started"] for day in days] == [5, 3]
        assert await asyncio.to_thread(exported, service, tmp_path) == days
        customer.answer = lambda _: web.Response()
        again = ("deliveries", "redeliver", "--status", "failed", "--since", "2026-03-01", "--until", "2026-03-02")
        assert (await asyncio.to_thread(service.verb, *again)).returncode == 0
        days = await counted(service, (0, 0, 3, 2), (3, 0, 0, 0))
        assert await asyncio.to_thread(exported, service, tmp_path) == days
