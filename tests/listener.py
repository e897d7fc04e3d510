"""A customer who fetches recordings and listens to them."""

import io
import time

import numpy as np
import pytest
import requests
import soundfile

QUICK = {"RECORDKEEPER_REATTACH_SECONDS": "1.5", "RECORDKEEPER_UPLOAD_WAIT_SECONDS": "1"}
CALL = "CA" + "1" * 32
quick = pytest.mark.parametrize("service", [QUICK], indirect=True)


def wait_for(service, sid: str, status: str = "completed", seconds: float = 60):
    deadline = time.monotonic() + seconds
    while (found := service.client().recordings(sid).fetch()).status != status:
        assert time.monotonic() < deadline, found.status
        time.sleep(0.1)
    return found


def ask(service, sid: str, extension: str, **query: str) -> requests.Response:
    url = f"{service.url}/2010-04-01/Accounts/{service.credentials[0]}/Recordings/{sid}{extension}"
    return requests.get(url, params=query, auth=service.credentials, timeout=10)


def download(service, sid: str, extension: str = ".wav", **query: str) -> tuple[np.ndarray, int]:
    answer = ask(service, sid, extension, **query)
    assert answer.status_code == 200, answer.text
    return soundfile.read(io.BytesIO(answer.content), dtype="int16")


def own_api(service, method: str, path: str, **body) -> requests.Response:
    url = f"{service.url}/v1/Accounts/{service.credentials[0]}{path}"
    return requests.request(method, url, auth=service.credentials, timeout=10, **body)


def causes(service, sid: str) -> list[tuple[str, str | None]]:
    events = own_api(service, "GET", f"/Recordings/{sid}/Events").json()["events"]
    return [(event["type"], event["data"].get("cause")) for event in events]


def record(service, sound: bytes, status: str = "completed", **create) -> str:
    """Return a new recording, finished, of this WAV."""
    own_api(service, "PUT", f"/Calls/{CALL}", json={"status": "in-progress"})
    sid = service.client().calls(CALL).recordings.create(**create).sid
    assert own_api(service, "PUT", f"/Recordings/{sid}/Media", data=sound).status_code == 202
    wait_for(service, sid, status)
    return sid
