"""The audit API as auditors use it: asked for, exported, followed, and asked how it was."""

import json
import signal
import subprocess
import sys
import threading
from datetime import datetime

import pytest
import requests

from listener import CALL, own_api
from running import alone
from service.eventstore.event import event_hash

OTHER = "CA" + "2" * 32
SECRET = "https://user:s3cret@127.0.0.1:9/cb?token=s3cret"


@pytest.fixture
def recordings(service):
    """Return two recordings, of two calls: the first has five events and a secret, the second two."""
    made = []
    for call, more in ((CALL, {"recording_status_callback": SECRET}), (OTHER, {})):
        own_api(service, "PUT", f"/Calls/{call}", json={"status": "in-progress"})
        made.append(service.client().calls(call).recordings.create(**more).sid)
    for status in ("paused", "in-progress"):
        service.client().calls(CALL).recordings(made[0]).update(status=status)
    own_api(service, "POST", f"/Recordings/{made[0]}/Absent", json={})
    service.client().calls(OTHER).recordings(made[1]).update(status="paused")
    return made


@pytest.fixture
def auditor(service):
    made = service.verb("keys", "create", "--account", service.credentials[0], "--role", "auditor", "--json")
    key = json.loads(made.stdout)
    return key["sid"], key["secret"]


def ask(service, query="", auth=None, **headers) -> requests.Response:
    url = f"{service.url}/v1/Accounts/{service.credentials[0]}/Events{query}"
    return requests.get(url, auth=auth or service.credentials, timeout=10, headers=headers)


def positions(service, query) -> list[int]:
    answer = ask(service, query)
    assert answer.status_code == 200, answer.text
    return [event["position"] for event in answer.json()["events"]]


def lines(service, query="", auth=None) -> list[dict]:
    answer = ask(service, query, auth, Accept="application/x-ndjson")
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def test_events_are_found_by_each_filter_and_paged_by_position(service, recordings):
    one, _ = recordings
    request_id = lines(service, f"?RecordingSid={one}&Type=paused")[0]["request_id"]
    assert positions(service, "") == [7, 6, 5, 4, 3, 2, 1]
    assert positions(service, "?AfterPosition=4") == [5, 6, 7]
    assert positions(service, f"?CallSid={OTHER}") == positions(service, f"?RecordingSid={recordings[1]}") == [7, 2]
    assert positions(service, "?Type=paused&Type=absent") == [7, 6, 3]
    assert positions(service, f"?RequestId={request_id}") == [3]
    assert positions(service, f"?ActorSid={service.credentials[0]}&Type=absent") == [6]
    assert positions(service, "?ConferenceSid=CF" + "1" * 32) == positions(service, "?OccurredAfter=2200-01-01") == []
    first = ask(service, "?PageSize=3").json()
    second = requests.get(first["meta"]["next_page_url"], auth=service.credentials, timeout=10).json()
    again = requests.get(second["meta"]["previous_page_url"], auth=service.credentials, timeout=10).json()
    assert [event["position"] for event in second["events"]] == [4, 3, 2]
    assert again["events"] == first["events"]
    third = ask(service, "?PageSize=2&AfterPosition=2").json()["meta"]["next_page_url"]
    assert [
        event["position"] for event in requests.get(third, auth=service.credentials, timeout=10).json()["events"]
    ] == [5, 6]


@pytest.mark.parametrize(
    "query",
    [
        "Typ=started",
        "Type=begun",
        "CallSid=RE1",
        "OccurredAfter=noon",
        "AfterPosition=-1",
        "RequestId=1",
        "ActorSid=RE1",
    ],
)
def test_what_is_not_understood_is_refused_in_words(service, query):
    for path, accept in (("", "*/*"), ("", "application/x-ndjson"), ("/Stream", "*/*")):
        answer = ask(service, f"{path}?{query}", Accept=accept)
        assert (answer.status_code, answer.json()["code"]) == (400, 20001)
        assert query.partition("=")[0] in answer.json()["message"]
    assert "PageSize" in ask(service, "?PageSize=1", Accept="application/x-ndjson").json()["message"]


def test_an_export_proves_itself_and_holds_no_secrets(service, recordings, auditor):
    exported = lines(service, "?AfterPosition=0")
    assert [event["position"] for event in exported] == [1, 2, 3, 4, 5, 6, 7]
    previous = bytes(32)
    for event in exported:
        recorded = datetime.fromisoformat(event["recorded_at"])
        assert event_hash(previous, event["position"], recorded, event["canonical"]).hex() == event["hash"]
        previous = bytes.fromhex(event["hash"])
    assert "s3cret" not in json.dumps(exported)
    callback = exported[0]["data"]["callback"]
    assert (callback["host"], callback["url"]) == ("127.0.0.1:9", "https://user:***@127.0.0.1:9/cb?token=***")
    assert json.loads(exported[0]["canonical"])["data"]["callback"]["url"].startswith("sealed:")
    assert lines(service, "?AfterPosition=0", auditor) == exported
    for path in ("Events", f"Recordings/{recordings[0]}/Events"):
        url = f"{service.url}/v1/Accounts/{service.credentials[0]}/{path}"
        assert "s3cret" not in requests.get(url, auth=auditor, timeout=10).text


def test_a_recording_is_shown_as_it_was(service, recordings, auditor):
    sid = recordings[0]
    url = f"{service.url}/v1/Accounts/{service.credentials[0]}/Recordings/{sid}"
    events = own_api(service, "GET", f"/Recordings/{sid}/Events").json()["events"]
    seen = []
    for event in events:
        answer = requests.get(url, params={"At": event["occurred_at"]}, auth=auditor, timeout=10)
        seen.append((answer.json()["status"], answer.json()["live_status"]))
    processing = [("processing", name) for name in ("in-progress", "paused", "in-progress")]
    assert seen == [*processing, ("absent", "absent"), ("absent", "absent")]  # stopped and absent in one moment
    before = requests.get(url, params={"At": "2020-01-01"}, auth=auditor, timeout=10)
    unread = requests.get(url, params={"At": "yesterday"}, auth=auditor, timeout=10)
    assert (before.status_code, unread.status_code, unread.json()["code"]) == (404, 400, 20001)
    assert before.json()["message"] == "The recording did not exist at that time, 2020-01-01T00:00:00.000000Z"
    never = requests.get(f"{url[:-4]}0000", params={"At": "2020-01-01"}, auth=auditor, timeout=10)
    assert (never.status_code, "was not found" in never.json()["message"]) == (404, True)
    now = requests.get(url, auth=auditor, timeout=10).json()
    fetched = requests.get(
        f"{service.url}/2010-04-01/Accounts/{service.credentials[0]}/Recordings/{sid}.json",
        auth=service.credentials,
        timeout=10,
    ).json()
    assert now == fetched | {"live_status": "absent"}


def follow(service, query="", **headers) -> requests.Response:
    url = f"{service.url}/v1/Accounts/{service.credentials[0]}/Events/Stream{query}"
    return requests.get(url, auth=service.credentials, timeout=30, stream=True, headers=headers)


def blocks(answer):
    """Yield the fields of each block of a stream of Server-Sent Events."""
    fields = {}
    for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        else:
            yield fields
            fields = {}


def callbacks_followed(service) -> list[dict]:
    with follow(service, "?AfterPosition=0&Type=started") as answer:
        stream = blocks(answer)
        found = [json.loads(next(stream).get("data", "{}")) for _ in range(3)]
    return [event["data"]["callback"] for event in found if event and event["data"]["callback"]]


def test_events_are_followed_live_and_resumed_without_a_gap(service, recordings):
    with follow(service) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        stream = blocks(answer)
        assert next(stream) == {"retry": "1000", "id": "7"}
        service.client().calls(OTHER).recordings(recordings[1]).update(status="in-progress")
        live = next(stream)
        assert (live["id"], live["event"], json.loads(live["data"])["position"]) == ("8", "resumed", 8)
        assert callbacks_followed(service) == [lines(service, "?AfterPosition=0")[0]["data"]["callback"]]
    with follow(service, "?AfterPosition=6", **{"Last-Event-ID": "3"}) as answer:
        stream = blocks(answer)
        assert [next(stream)["id"] for _ in range(6)] == ["3", "4", "5", "6", "7", "8"]
    with follow(service, f"?AfterPosition=0&CallSid={OTHER}") as answer:
        stream = blocks(answer)
        assert [next(stream)["id"] for _ in range(4)] == ["0", "2", "7", "8"]
    ahead = follow(service, "?AfterPosition=99")
    assert (ahead.status_code, "the log ends at 8" in ahead.json()["message"]) == (400, True)


@alone
def test_a_stream_ends_cleanly_when_the_service_stops(service, recordings):
    with follow(service) as answer:
        stream = blocks(answer)
        next(stream)
        stopping = threading.Thread(target=service.end, args=(signal.SIGTERM,))
        stopping.start()
        assert list(stream) == []
        stopping.join()
        assert service.process.returncode == 0


@alone
def test_the_verb_shows_what_is_asked_for_and_follows(service, recordings):
    account = service.credentials[0]

    def shown(*words) -> list[dict]:
        done = service.verb("events", *words, "--json")
        assert (done.returncode, done.stderr) == (0, "")
        return [json.loads(line) for line in done.stdout.splitlines()]

    assert shown("--account", account) == lines(service, "?AfterPosition=0")
    assert [event["position"] for event in shown("--call", OTHER)] == [2, 7]
    assert [event["position"] for event in shown("--type", "paused", "--type", "absent", "--limit", "2")] == [6, 7]
    assert [event["position"] for event in shown("--after-position", "3", "--limit", "2")] == [4, 5]
    assert shown("--since", "2200-01-01") == shown("--request", "RQ" + "0" * 32) == []
    table = service.verb("events", "--limit", "2").stdout.splitlines()
    assert table[0].split() == ["Position", "Recording", "Version", "At", "Type", "By", "Facts"]
    assert [line.split()[0] for line in table[2:4]] == ["6", "7"]
    wrong = service.verb("events", "--type", "begun")
    assert (wrong.returncode, "'begun' is not one of started" in wrong.stderr) == (2, True)

    words = [sys.executable, "-m", "service", "events", "--follow", "--after-position", "6", "--json"]
    following = subprocess.Popen([*words, "--data-dir", service.folder], stdout=subprocess.PIPE, text=True)
    assert json.loads(following.stdout.readline())["position"] == 7
    service.client().calls(OTHER).recordings(recordings[1]).update(status="in-progress")
    assert json.loads(following.stdout.readline())["position"] == 8
    following.send_signal(signal.SIGINT)
    following.communicate(timeout=30)
    assert following.returncode == 0
