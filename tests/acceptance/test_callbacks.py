"""Callbacks, from the running program to a real receiver, checked with Twilio's own validator."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from urllib.parse import parse_qsl

import pytest
import requests
from twilio.request_validator import RequestValidator

CALL = "CA" + "3" * 32


@pytest.fixture
def receiver():
    received: Queue = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            received.put((self.path, dict(self.headers), dict(parse_qsl(body))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            """Say nothing: the test looks at what was received."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", received
    server.shutdown()
    thread.join()
    server.server_close()


def test_in_progress_is_told_signed_and_with_its_parameters(service, receiver):
    url, received = receiver
    sid, token = service.credentials
    call = f"{service.url}/v1/Accounts/{sid}/Calls/{CALL}"
    requests.put(call, json={"status": "in-progress"}, auth=service.credentials, timeout=10)
    recordings = service.client().calls(CALL).recordings
    made = recordings.create(
        recording_status_callback=f"{url}/cb?x=1&y=a+b", recording_status_callback_event=["in-progress", "completed"]
    )
    path, headers, told = received.get(timeout=20)
    assert (told["RecordingSid"], told["RecordingStatus"], told["CallSid"]) == (made.sid, "in-progress", CALL)
    assert told["RecordingUrl"] == f"{service.url}/2010-04-01/Accounts/{sid}/Recordings/{made.sid}"
    assert RequestValidator(token).validate(url + path, told, headers["X-Twilio-Signature"])
    assert not RequestValidator("another").validate(url + path, told, headers["X-Twilio-Signature"])
    recordings.create(recording_status_callback=f"{url}/completed-only")
    recordings(made.sid).update(status="paused")
    assert received.empty()
