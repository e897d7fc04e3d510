"""An account with something of everything in it: what each path of the API names."""

import io
import time

import numpy as np
import requests
import soundfile

CALLBACK = {"recording_status_callback": "http://10.0.0.1/", "recording_status_callback_event": ["in-progress"]}
"""Owed, and discarded: nothing is sent there."""
CALL, OVER, CONFERENCE = "CA" + "1" * 32, "CA" + "2" * 32, "CF" + "3" * 32


def wav(seconds: float = 2.0) -> bytes:
    buffer = io.BytesIO()
    tone = (8000 * np.sin(np.arange(int(seconds * 8000)) / 3)).astype(np.int16)
    soundfile.write(buffer, tone, 8000, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


class Population:
    """`rows` are real SIDs that belong together, by the name of the path parameter that takes them.

    One call is in progress and one over; a recording of each is as it was started, uploaded, absent and stopped.
    """

    def __init__(self, service) -> None:
        self.url, self.account, self.session = service.url, service.credentials[0], requests.Session()
        self.session.auth = service.credentials
        calls = [("Calls", CALL), ("Calls", OVER), ("Conferences", CONFERENCE)]
        for kind, sid in calls:
            self.own("PUT", f"{kind}/{sid}", {"status": "in-progress"})
        self.rows = [self._recording(kind, sid) for kind, sid in calls for _ in range(4)]
        self.own("PUT", f"Calls/{OVER}", {"status": "completed"})
        for _, uploaded, absent, _ in zip(*[iter(self.rows)] * 4, strict=True):
            sid = uploaded["RecordingSid"]
            assert self.ask("PUT", f"/v1/Accounts/{self.account}/Recordings/{sid}/Media", data=wav()).status_code == 202
            uploaded["LinkSid"] = self._linked(sid)
            if absent.get("CallSid") == OVER:
                self.own("POST", f"Recordings/{absent['RecordingSid']}/Absent", {})

    def _recording(self, kind: str, sid: str) -> dict[str, str]:
        made = self.own("POST", f"{kind}/{sid}/Recordings", CALLBACK)["sid"]
        said = {"status": "completed", "transcription_text": "good morning"}
        heard = self.own("POST", f"Recordings/{made}/Transcriptions", said)["sid"]
        (owed,) = self.ask("GET", f"/v1/Accounts/{self.account}/Recordings/{made}/Deliveries").json()["deliveries"]
        parent = {"CallSid" if kind == "Calls" else "ConferenceSid": sid, "DeliverySid": owed["sid"]}
        names = {
            "AccountSid": self.account,
            "RecordingSid": made,
            "TranscriptionSid": heard,
            "Vendor": "aws_s3",
            "Version": "1",
            "N": "1",
        }
        return names | parent

    def _linked(self, sid: str) -> str:
        """Make a link to the recording as soon as it is completed."""
        path, deadline = f"/v1/Accounts/{self.account}/Recordings/{sid}/Links", time.monotonic() + 20
        while (made := self.ask("POST", path, json={"expires_in": 3600})).status_code == 409:
            assert time.monotonic() < deadline, made.text
            time.sleep(0.05)
        return made.json()["sid"]

    def ask(self, method: str, path: str, **more) -> requests.Response:
        return self.session.request(method, self.url + path, timeout=10, **more)

    def own(self, method: str, path: str, body: dict) -> dict:
        answer = self.ask(method, f"/v1/Accounts/{self.account}/{path}", json=body)
        assert answer.ok, answer.text
        return answer.json()
