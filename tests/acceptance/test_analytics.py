"""Days in numbers over HTTP: as things happen, page by page, and what is not understood is said."""

import time
from datetime import UTC, datetime

import pytest
import requests

from listener import own_api

DAILY = "/Analytics/Daily"


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
