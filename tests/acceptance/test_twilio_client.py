"""Twilio's own Python library against the running program."""

import signal
from xml.etree import ElementTree as ET

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from running import alone

CALL = "CA" + "1" * 32
KEYS = {
    "account_sid",
    "api_version",
    "call_sid",
    "conference_sid",
    "channels",
    "date_created",
    "date_updated",
    "start_time",
    "price",
    "price_unit",
    "duration",
    "sid",
    "source",
    "status",
    "error_code",
    "encryption_details",
    "uri",
}


def announce(service, call: str, status: str) -> int:
    url = f"{service.url}/v1/Accounts/{service.credentials[0]}/Calls/{call}"
    return requests.put(url, json={"status": status}, auth=service.credentials, timeout=10).status_code


def test_a_recording_is_started_paused_resumed_stopped_fetched_and_listed(service):
    client = service.client()
    with pytest.raises(TwilioRestException) as unknown:
        client.calls(CALL).recordings.create()
    assert (unknown.value.status, unknown.value.code) == (404, 20404)
    assert [announce(service, CALL, "in-progress") for _ in range(2)] == [201, 200]
    made = client.calls(CALL).recordings.create(
        recording_channels="dual",
        recording_status_callback="https://example.com/cb?x=1",
        recording_status_callback_event=["in-progress completed", "absent"],
    )
    assert (made.status, made.channels, made.source, made.track) == ("in-progress", 2, "StartCallRecordingAPI", "both")
    current = client.calls(CALL).recordings("Twilio.CURRENT")
    assert current.update(status="paused", pause_behavior="skip").status == "paused"
    assert current.update(status="paused").status == "paused"
    assert client.calls(CALL).recordings(made.sid).update(status="in-progress").status == "in-progress"
    second = client.calls(CALL).recordings.create()
    with pytest.raises(TwilioRestException) as several:
        current.update(status="stopped")
    assert several.value.code == 16108
    assert client.calls(CALL).recordings(made.sid).update(status="stopped").sid == made.sid
    with pytest.raises(TwilioRestException) as over:
        client.calls(CALL).recordings(made.sid).update(status="paused")
    assert (over.value.status, over.value.code) == (400, 21220)
    assert announce(service, CALL, "completed") == 200
    assert client.recordings(second.sid).fetch().status == "processing"
    with pytest.raises(TwilioRestException) as kept:
        client.recordings(made.sid).delete()
    assert (kept.value.status, kept.value.code) == (409, 20009)
    assert [row.sid for row in client.recordings.list(call_sid=CALL, page_size=1)] == [second.sid, made.sid]
    assert [row.sid for row in client.calls(CALL).recordings.list()] == [second.sid, made.sid]
    assert client.recordings.list(date_created_after=made.date_created.replace(year=2100)) == []


def test_json_and_xml_carry_the_same_values_and_each_view_its_keys(service):
    announce(service, CALL, "in-progress")
    sid = service.client().calls(CALL).recordings.create().sid
    account = f"{service.url}/2010-04-01/Accounts/{service.credentials[0]}"
    views = {
        f"{account}/Recordings/{sid}": KEYS | {"subresource_uris", "media_url"},
        f"{account}/Calls/{CALL}/Recordings/{sid}": KEYS | {"track"},
    }
    for url, keys in views.items():
        fields = requests.get(url + ".json", auth=service.credentials, timeout=10).json()
        assert set(fields) == keys
        root = ET.fromstring(requests.get(url + ".xml", auth=service.credentials, timeout=10).content)  # noqa: S314 - our own answer
        for key, value in fields.items():
            element = root.find("Recording/" + "".join(word.capitalize() for word in key.split("_")))
            if key not in {"uri", "subresource_uris"}:
                assert element.text == (None if value is None else str(value)), key


@pytest.mark.parametrize("credentials", [None, ("AC" + "0" * 32, "x"), ("SK" + "0" * 32, "x"), ("\0", "")])
def test_who_is_not_known_stays_out(service, credentials):
    url = f"{service.url}/2010-04-01/Accounts/{service.credentials[0]}/Recordings.json"
    answer = requests.get(url, auth=credentials, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")


@alone
def test_what_was_acknowledged_survives_a_kill(service):
    announce(service, CALL, "in-progress")
    client = service.client()
    made = [client.calls(CALL).recordings.create().sid for _ in range(20)]
    stopped = [client.calls(CALL).recordings(sid).update(status="stopped").sid for sid in made[::2]]
    service.end(signal.SIGKILL)
    service.start()
    rows = service.client().calls(CALL).recordings.list()
    assert sorted(row.sid for row in rows) == sorted(made)
    verified = service.verb("verify")
    assert verified.returncode == 0, verified.stderr
    events = service.verb("events", stopped[0], "--json").stdout.splitlines()
    assert ['"type":"started"' in events[0], '"type":"stopped"' in events[1], len(events)] == [True, True, 2]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"RecordingChannels": "stereo"}, 20001),
        ({"RecordingTrack": "left"}, 20001),
        ({"Trim": "yes"}, 20001),
        ({"RecordingStatusCallback": "example.com"}, 21205),
        ({"RecordingStatusCallback": "http://a:b"}, 21205),
        ({"RecordingStatusCallbackMethod": "PUT"}, 21209),
        ({"RecordingStatusCallbackEvent": "paused"}, 20001),
    ],
)
def test_wrong_parameters_are_named_and_change_nothing(service, form, code):
    announce(service, CALL, "in-progress")
    url = f"{service.url}/2010-04-01/Accounts/{service.credentials[0]}/Calls/{CALL}/Recordings.json"
    answer = requests.post(url, data=form, auth=service.credentials, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert next(iter(form)) in answer.json()["message"]
    assert service.client().calls(CALL).recordings.list() == []


@alone
def test_a_repeated_idempotency_key_gets_the_same_answer_and_no_second_event(service):
    announce(service, CALL, "in-progress")
    recordings = f"{service.url}/2010-04-01/Accounts/{service.credentials[0]}/Calls/{CALL}/Recordings"

    def post(path: str, key: str, **form: str) -> tuple[int, dict]:
        headers = {"Idempotency-Key": key}
        answer = requests.post(recordings + path, data=form, headers=headers, auth=service.credentials, timeout=10)
        return answer.status_code, answer.json()

    created = post(".json", "one")
    assert created == post(".json", "one")
    one = f"/{created[1]['sid']}.json"
    paused = post(one, "two", Status="paused")
    unchanged = post(one, "three", Status="paused")
    assert (paused[1]["status"], unchanged[0]) == ("paused", 200)
    post(one, "four", Status="in-progress")
    service.end(signal.SIGKILL)
    service.start()
    assert post(".json", "one") == created
    assert post(one, "two", Status="paused") == paused
    assert post(one, "three", Status="paused") == unchanged
    assert post(one, "two", Status="stopped")[0] == 409
    assert [row.sid for row in service.client().calls(CALL).recordings.list()] == [created[1]["sid"]]
    events = requests.get(
        f"{service.url}/v1/Accounts/{service.credentials[0]}/Recordings{one.removesuffix('.json')}/Events",
        auth=service.credentials,
        timeout=10,
    ).json()["events"]
    assert [event["type"] for event in events] == ["started", "paused", "resumed"]
