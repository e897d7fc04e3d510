"""The program as it starts, logs and stops."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import asyncpg
import pytest
import requests

from running import alone
from service.application.identifiers import is_sid
from service.postgres.embedded import running_dsn

CALL = "CA" + "4" * 32
ID = "0123456789abcdef0123456789ABCDEF"
UUID = "01234567-89ab-cdef-0123-456789abcdef"


def is_answering(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(condition, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def announce(service, **more) -> requests.Response:
    url = f"{service.url}/v1/Accounts/{service.credentials[0]}/Calls/{CALL}"
    return requests.put(url, json={"status": "in-progress"}, auth=service.credentials, timeout=10, **more)


@alone
def test_a_request_under_way_is_answered_when_the_service_is_told_to_stop(service):
    body = b'{"status": "in-progress"}'
    asked = requests.Request("PUT", f"{service.url}/v1/Accounts/{service.credentials[0]}/Calls/{CALL}")
    asked.auth, asked.data = service.credentials, body
    prepared = asked.prepare()
    head = f"PUT {prepared.path_url} HTTP/1.1\r\nHost: localhost\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in prepared.headers.items())
    with socket.create_connection(("127.0.0.1", service.port), timeout=20) as connection:
        connection.sendall(head.encode() + b"\r\n" + body[:10])
        time.sleep(0.5)
        service.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not is_answering(service.port))
        service.process.send_signal(signal.SIGTERM)
        connection.sendall(body[10:])
        assert connection.recv(10_000).startswith(b"HTTP/1.1 201 ")
    assert service.process.communicate(timeout=30)[0].endswith("Stopped.\n")
    assert service.process.returncode == 0
    assert not (service.folder / "postgres" / "postmaster.pid").exists()
    service.start()
    assert announce(service).status_code == 200


@alone
async def test_a_request_that_waits_for_the_database_is_answered_when_the_service_is_told_to_stop(service):
    owner = await asyncpg.connect(running_dsn(service.folder))
    async with owner.transaction():
        await owner.execute("LOCK TABLE recordings IN ACCESS EXCLUSIVE MODE")
        listing = f"{service.url}/2010-04-01/Accounts/{service.credentials[0]}/Recordings.json"
        asking = asyncio.create_task(asyncio.to_thread(requests.get, listing, auth=service.credentials, timeout=20))
        while not await owner.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110 - the lock is in the database
            await asyncio.sleep(0.05)
        service.process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(wait_until, lambda: not is_answering(service.port))
    await owner.close()
    assert (await asking).status_code == 200
    service.process.communicate(timeout=30)
    assert service.process.returncode == 0


@alone
def test_a_callback_under_way_is_finished_when_the_service_is_told_to_stop(service):
    is_asked, may_answer = threading.Event(), threading.Event()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            is_asked.set()
            may_answer.wait(10)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            """Say nothing: the service's own log is looked at."""

    receiver = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever).start()
    try:
        announce(service)
        callback = {"recording_status_callback_event": ["in-progress"]}
        url = f"http://127.0.0.1:{receiver.server_port}/"
        service.client().calls(CALL).recordings.create(recording_status_callback=url, **callback)
        assert is_asked.wait(15)
        service.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not is_answering(service.port))
        assert service.process.poll() is None
        may_answer.set()
        service.process.communicate(timeout=30)
        assert service.process.returncode == 0
    finally:
        receiver.shutdown()
        receiver.server_close()
    (attempt,) = [line for line in service.log_events() if line["event"] == "callback.attempted"]
    assert attempt["outcome"] == "delivered"


@alone
def test_the_database_of_a_killed_run_is_taken_over_and_stopped_in_the_end(service):
    service.end(signal.SIGKILL)
    assert (service.folder / "postgres" / "postmaster.pid").exists()
    service.start()
    assert service.end(signal.SIGTERM) == 0
    assert not (service.folder / "postgres" / "postmaster.pid").exists()


@alone
def test_the_service_outlives_its_database(service):
    postmaster = int((service.folder / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGINT)
    wait_until(lambda: any(line["event"] == "sweep.failed" for line in service.log_events()))
    assert requests.get(f"{service.url}/healthz", timeout=10).status_code == 200
    assert requests.get(f"{service.url}/readyz", timeout=20).status_code == 503
    assert service.end(signal.SIGTERM) == 0


@pytest.mark.parametrize("seconds", [0.6, 1.2])
def test_told_to_stop_while_it_starts_it_leaves_no_database_behind(unused_tcp_port, tmp_path_factory, seconds):
    folder = tmp_path_factory.mktemp("starting")
    for path in (folder, *folder.parents[:3]):
        path.chmod(0o755)
    command = [sys.executable, "-m", "service", "serve", "--port", str(unused_tcp_port), "--data-dir", folder / "var"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        time.sleep(seconds)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode in {0, -signal.SIGTERM}, errors) == (True, "")
    assert not (folder / "var" / "postgres" / "postmaster.pid").exists()


def test_a_request_id_is_kept_answered_and_stored(service):
    for offered in ("RQ" + ID.lower(), ID, UUID):
        headers = announce(service, headers={"X-Request-Id": offered}).headers
        assert headers["Twilio-Request-Id"] == headers["X-Request-Id"] == "RQ" + ID.lower()
    named = announce(service, headers={"X-Request-Id": "x" * 32}).headers["Twilio-Request-Id"]
    assert is_sid("RQ", named)
    url = f"{service.url}/2010-04-01/Accounts/{service.credentials[0]}/Calls/{CALL}/Recordings.json"
    made = requests.post(url, auth=service.credentials, headers={"X-Request-Id": named}, timeout=10)
    (started,) = service.verb("events", made.json()["sid"], "--json").stdout.splitlines()
    assert json.loads(started)["request_id"] == named


@alone
def test_each_request_is_a_line_of_json_without_its_query(service):
    answered = announce(service, params={"Secret": "hunter2"})
    refused = requests.get(f"{service.url}/2010-04-01/Accounts/x%0ay.json?Token=hunter2", timeout=10)
    requests.get(f"{service.url}/healthz", timeout=10)
    lines = [line for line in service.log_events() if line["event"] == "request.answered"]
    assert [line["request_id"] for line in lines] == [
        response.headers["Twilio-Request-Id"] for response in (answered, refused)
    ]
    account = service.credentials[0]
    wanted = [("PUT", account, account, "info"), ("GET", None, None, "info")]
    assert [(line["method"], line["account"], line["actor"], line["level"]) for line in lines] == wanted
    assert [line["status"] for line in lines] == [answered.status_code, 401]
    assert all(line["duration_ms"] > 0 and line["timestamp"].endswith("Z") for line in lines)
    assert "hunter2" not in service.log.read_text()
    assert service.credentials[1] not in service.log.read_text()


@alone
def test_on_a_terminal_the_log_is_for_people(service):
    service.end(signal.SIGTERM)
    service.settings = {"RECORDKEEPER_LOG_FORMAT": "pretty", "RECORDKEEPER_LOG_LEVEL": "debug"}
    service.log.unlink()
    service.start()
    requests.get(f"{service.url}/healthz", timeout=10)
    (line,) = [line for line in service.log.read_text().splitlines() if "request.answered" in line]
    assert "/healthz" in line
    with pytest.raises(json.JSONDecodeError):
        json.loads(line)


@alone
def test_behind_a_trusted_gateway_urls_are_the_gateways(service):
    service.end(signal.SIGTERM)
    service.settings = {"RECORDKEEPER_TRUSTED_PROXIES": "127.0.0.0/8"}
    service.start()
    announce(service)
    account = service.credentials[0]
    url = f"{service.url}/2010-04-01/Accounts/{account}/Calls/{CALL}/Recordings.json"
    sid = requests.post(url, auth=service.credentials, timeout=10).json()["sid"]
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "api.example.com"}
    listing = f"{service.url}/2010-04-01/Accounts/{account}/Recordings.json"
    (recording,) = requests.get(listing, auth=service.credentials, headers=forwarded, timeout=10).json()["recordings"]
    assert recording["media_url"].startswith("https://api.example.com/2010-04-01/Accounts/")
    events = f"/v1/Accounts/{account}/Recordings/{sid}/Events"
    found = requests.get(service.url + events, auth=service.credentials, headers=forwarded, timeout=10).json()
    assert found["meta"]["url"].startswith(f"https://api.example.com{events}?")
    hostile = requests.get(service.url + events, auth=service.credentials, headers={"Host": "a b/c"}, timeout=10)
    assert (hostile.status_code, "Host header" in hostile.json()["message"]) == (400, True)


@alone
def test_a_port_in_use_is_one_sentence(service):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        service.end(signal.SIGTERM)
        refused = service.command("serve", "--port", str(taken.getsockname()[1]))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "Address already in use; choose another --host or --port" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert not (service.folder / "postgres" / "postmaster.pid").exists()


@alone
def test_no_second_service_works_in_the_same_folder_whatever_its_database(service):
    dsn = running_dsn(service.folder)
    command = [sys.executable, "-m", "service", "serve", "--port", "0", "--data-dir", service.folder]
    refused = subprocess.run([*command, "--database-url", dsn], capture_output=True, text=True, check=False, timeout=30)
    assert refused.returncode == 1
    assert f"another service (process {service.process.pid}) uses {service.folder}" in refused.stderr
