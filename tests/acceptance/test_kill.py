"""Killed in the middle of a hundred creates and updates: what was acknowledged is there, what is owed arrives."""

import asyncio
import signal
from collections import defaultdict

import pytest
import requests

from receiver import Receiver, receiver

CALLS = [f"CA{number:032x}" for number in range(1, 11)]
ROUNDS = 5
KILLED_AFTER = 60
EVENT_OF = {"in-progress": "resumed", "paused": "paused", "stopped": "stopped"}
SETTINGS = {"RECORDKEEPER_UPLOAD_WAIT_SECONDS": "0.5"}


class Switch:
    """Ten calls that are recorded over and over; keeps what the service said it did."""

    def __init__(self, service, callback_url: str) -> None:
        self._service = service
        self._callback_url = callback_url
        self.acknowledged: dict[str, list[str]] = defaultdict(list)
        self.count = 0
        self.enough = asyncio.Event()

    def announce(self, call: str, status: str) -> None:
        url = f"{self._service.url}/v1/Accounts/{self._service.credentials[0]}/Calls/{call}"
        answer = requests.put(url, json={"status": status}, auth=self._service.credentials, timeout=10)
        assert answer.status_code in {200, 201}, answer.text

    async def record(self, call: str) -> None:
        recordings = f"{self._service.url}/2010-04-01/Accounts/{self._service.credentials[0]}/Calls/{call}/Recordings"
        events = ["in-progress", "completed", "absent"]
        form = {"RecordingStatusCallback": self._callback_url, "RecordingStatusCallbackEvent": events}
        for _ in range(ROUNDS):
            made = await self._post(f"{recordings}.json", form)
            self._take(made["sid"], "started")
            for status in ("paused", "in-progress", "stopped"):
                await self._post(f"{recordings}/{made['sid']}.json", {"Status": status})
                self._take(made["sid"], EVENT_OF[status])

    async def _post(self, url: str, form: dict) -> dict:
        answer = await asyncio.to_thread(requests.post, url, data=form, auth=self._service.credentials, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def _take(self, sid: str, event: str) -> None:
        self.acknowledged[sid].append(event)
        self.count += 1
        if self.count == KILLED_AFTER:
            self.enough.set()


def trail(service, sid: str) -> list[str]:
    url = f"{service.url}/v1/Accounts/{service.credentials[0]}/Recordings/{sid}/Events"
    events = requests.get(url, auth=service.credentials, timeout=10).json()["events"]
    return [event["type"] for event in events]


async def told(customer: Receiver, owed: set[tuple[str, str]]) -> None:
    """Wait until all that is owed has come."""
    async with asyncio.timeout(60):
        while owed - {(one.fields["RecordingSid"], one.fields["RecordingStatus"]) for one in customer.received}:
            customer.arrived.clear()
            await customer.arrived.wait()


@pytest.mark.parametrize("service", [SETTINGS], indirect=True)
async def test_a_kill_loses_nothing_that_was_acknowledged_and_nothing_that_is_owed(service):
    async with receiver() as customer:
        switch = Switch(service, f"{customer.url}/recordings")
        for call in CALLS:
            await asyncio.to_thread(switch.announce, call, "in-progress")
        working = [asyncio.create_task(switch.record(call)) for call in CALLS]
        await switch.enough.wait()
        await asyncio.to_thread(service.end, signal.SIGKILL)
        cut_off = await asyncio.gather(*working, return_exceptions=True)
        assert any(isinstance(one, requests.ConnectionError) for one in cut_off)
        await asyncio.to_thread(service.start)
        for call in CALLS:
            await asyncio.to_thread(switch.announce, call, "completed")
        rows = await asyncio.to_thread(service.client().recordings.list)
        trails = {row.sid: await asyncio.to_thread(trail, service, row.sid) for row in rows}
        for sid, events in switch.acknowledged.items():
            assert trails[sid][: len(events)] == events
        assert all("stopped" in events for events in trails.values())
        owed = {(sid, status) for sid in trails for status in ("in-progress", "absent")}
        await told(customer, owed)
    verified = await asyncio.to_thread(service.verb, "verify")
    assert verified.returncode == 0, verified.stderr
