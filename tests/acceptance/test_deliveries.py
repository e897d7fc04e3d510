"""Callbacks as their customer sees them: listed, told in figures, and sent again with the token and body they had."""

import asyncio
import json
import os
import re
import signal
import time

import pytest
import requests
from aiohttp import web

from listener import CALL, own_api
from receiver import receiver
from running import alone

KEYS = [
    "sid",
    "recording_sid",
    "event_version",
    "event",
    "url",
    "method",
    "status",
    "attempts",
    "next_attempt_at",
    "idempotency_token",
]
FORBIDDEN = "http://10.0.0.1/"


def start(service, url: str = FORBIDDEN) -> str:
    """Start a recording whose beginning is told to `url`, and return its SID."""
    own_api(service, "PUT", f"/Calls/{CALL}", json={"status": "in-progress"})
    asked = {"recording_status_callback": url, "recording_status_callback_event": ["in-progress"]}
    return own_api(service, "POST", f"/Calls/{CALL}/Recordings", json=asked).json()["sid"]


def listed(service, path: str = "/Deliveries", **query) -> list[dict]:
    answer = own_api(service, "GET", path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["deliveries"]


def settled(service, count: int, status: str) -> list[dict]:
    deadline = time.monotonic() + 20
    while len(found := listed(service, Status=status, PageSize=1000)) < count:
        assert time.monotonic() < deadline, listed(service)
        time.sleep(0.05)
    return found


def walk(service, url: str, direction: str) -> list[list[str]]:
    """Return the SIDs of each page from `url` on, and last the URL of the last page."""
    pages = []
    while url:
        body = requests.get(url, auth=service.credentials, timeout=10).json()
        pages.append([one["sid"] for one in body["deliveries"]])
        last, url = url, body["meta"][f"{direction}_page_url"]
    return [*pages, last]


def test_deliveries_are_listed_filtered_and_paged_both_ways_over_events_of_one_moment(service):
    own_api(service, "PUT", f"/Calls/{CALL}", json={"status": "in-progress"})
    moment = "2026-11-22T21:10:22.123456Z"
    asked = {"recording_status_callback": FORBIDDEN, "recording_status_callback_event": ["in-progress", "absent"]}
    sids = [
        own_api(service, "POST", f"/Calls/{CALL}/Recordings", json=asked | {"occurred_at": moment}).json()["sid"]
        for _ in range(7)
    ]
    own_api(service, "POST", f"/Recordings/{sids[0]}/Absent", json={})
    every = settled(service, 8, "discarded")
    assert [one["event"] for one in every] == ["absent"] + ["in-progress"] * 7
    assert [list(one) for one in every] == [KEYS] * 8
    assert (every[0]["next_attempt_at"], every[0]["attempts"][0]["error_code"]) == (None, 11210)
    assert list(every[0]["attempts"][0]) == ["attempted_at", "duration_ms", "http_status", "error_code", "error"]
    ofone = listed(service, f"/Recordings/{sids[0]}/Deliveries")
    assert [(one["event"], one["event_version"]) for one in ofone] == [("in-progress", 1), ("absent", 3)]
    for path, wanted in (("/Deliveries", every), (f"/Recordings/{sids[0]}/Deliveries", ofone)):
        size = max(1, len(wanted) // 3)
        url = f"{service.url}/v1/Accounts/{service.credentials[0]}{path}?PageSize={size}"
        *forward, last = walk(service, url, "next")
        *backward, _ = walk(service, last, "previous")
        assert [sid for page in forward for sid in page] == [one["sid"] for one in wanted]
        assert backward == forward[::-1]
    assert [one["event"] for one in listed(service, Event="absent")] == ["absent"]
    assert len(listed(service, After=moment, Before=moment)) == 7
    assert listed(service, Before="2026-11-22T21:10:22.123455+00:00") == []
    assert listed(service, Status="delivered") == []


def test_what_is_wrong_is_said(service):
    for query, words in (
        ({"Status": "lost"}, "Status must be one of pending, delivered, failed, discarded; it was 'lost'"),
        ({"Event": "deleted"}, "Event must be one of in-progress, completed, absent; it was 'deleted'"),
        ({"After": "yesterday"}, "After must be a time in ISO 8601"),
        ({"Before": "0001-01-01T00:00:00+14:00"}, "Before must be a time in ISO 8601 from 1970 on"),
        ({"PageToken": f"PA{'9' * 18}DL{'0' * 32}"}, "PageToken is not one that a page of this list gave out"),
        ({"status": "failed"}, "status: this path takes the query parameters Status, Event"),
    ):
        answer = own_api(service, "GET", "/Deliveries", params=query)
        assert (answer.status_code, answer.json()["code"]) == (400, 20001)
        assert words in answer.json()["message"]
    missing = "DL" + "0" * 32
    for method, path in (
        ("POST", f"/Deliveries/{missing}/Redeliver"),
        ("POST", "/Deliveries/x/Redeliver"),
        ("GET", f"/Recordings/RE{'0' * 32}/Deliveries"),
    ):
        assert own_api(service, method, path).status_code == 404
    assert own_api(service, "POST", f"/Deliveries/{missing}/Redeliver", json={"url": "x"}).status_code == 400
    command = ("keys", "create", "--account", service.credentials[0], "--role", "auditor", "--json")
    made = json.loads(service.verb(*command).stdout)
    url = f"{service.url}/v1/Accounts/{service.credentials[0]}/Deliveries"
    auditor = (made["sid"], made["secret"])
    assert requests.get(url, auth=auditor, timeout=10).status_code == 200
    assert requests.post(f"{url}/{missing}/Redeliver", auth=auditor, timeout=10).status_code == 403


async def arrived(customer, count: int):
    """Return the last of `count` requests, when it is there."""
    async with asyncio.timeout(20):
        while len(customer.received) < count:
            customer.arrived.clear()
            await customer.arrived.wait()
    return customer.received[-1]


async def test_what_failed_arrives_again_with_its_token_and_body(service):
    async with receiver() as customer:
        customer.answer = lambda _: web.Response(status=410)
        url = f"http://user:secret@127.0.0.1:{customer.port}/cb"
        await asyncio.to_thread(start, service, url)
        first = await arrived(customer, 1)
        (failed,) = await asyncio.to_thread(settled, service, 1, "failed")
        assert (failed["url"], failed["attempts"][0]["http_status"]) == (url.replace("secret", "***"), 410)
        customer.answer = lambda _: web.Response()
        path = f"/Deliveries/{failed['sid']}/Redeliver"
        taken = await asyncio.to_thread(own_api, service, "POST", path)
        assert (taken.status_code, taken.json()["sid"], list(taken.json())) == (202, failed["sid"], KEYS)
        again = await arrived(customer, 2)
        assert (again.token, again.body) == (first.token, first.body)
        assert first.token == failed["idempotency_token"]
        (delivered,) = await asyncio.to_thread(settled, service, 1, "delivered")
        assert [made["http_status"] for made in delivered["attempts"]] == [410, 200]
        command = ("deliveries", "redeliver", failed["sid"], "--json")
        assert json.loads((await asyncio.to_thread(service.verb, *command)).stdout)["sid"] == failed["sid"]
        assert (await arrived(customer, 3)).token == first.token


@alone
def test_figures_tell_of_attempts_and_of_what_is_owed(service):
    start(service)
    settled(service, 1, "discarded")
    deadline = time.monotonic() + 20
    told = ("attempts_total{", "callbacks_pending 0.0")
    while not all(said in (answer := requests.get(f"{service.url}/metrics", timeout=10)).text for said in told):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    figures = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if line[0] != "#")
    assert figures['recordkeeper_callback_attempts_total{kind="forbidden",outcome="discarded"}'] == "1.0"
    assert figures["recordkeeper_callback_first_attempt_seconds_count"] == "1.0"
    assert figures["recordkeeper_callback_attempt_seconds_count"] == "1.0"
    assert figures['recordkeeper_requests_total{method="PUT",status="201"}'] == "1.0"
    names = ("callbacks_pending", "callbacks_due", "callback_oldest_due_seconds", "callback_hosts_paused")
    assert [figures[f"recordkeeper_{name}"] for name in names] == ["0.0"] * 4
    assert not re.search("AC[0-9a-f]{32}|10[.]0[.]", answer.text)


@pytest.mark.parametrize("service", [{"RECORDKEEPER_WORKERS": "2"}], indirect=True)
def test_figures_are_those_of_all_processes_also_of_one_that_died(service):
    for _ in range(20):
        requests.get(f"{service.url}/nothing", timeout=10)
    wanted = 'recordkeeper_requests_total{method="GET",status="401"} 20.0'
    deadline = time.monotonic() + 20
    while wanted not in requests.get(f"{service.url}/metrics", timeout=10).text:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    files = {path.name for path in (service.folder / "metrics").iterdir()}
    processes = {name.removesuffix(".db").rsplit("_", 1)[1] for name in files}
    assert len(processes) == 2
    os.kill(int(processes.pop()), signal.SIGKILL)
    assert wanted in until_answered(f"{service.url}/metrics")


def until_answered(url: str) -> str:
    deadline = time.monotonic() + 20
    while True:
        try:
            return requests.get(url, timeout=10).text
        except requests.ConnectionError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
