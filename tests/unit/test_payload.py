"""What a callback tells, and which events owe one."""

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis.strategies import characters, text

from facts import ABSENT, AC, CA, CF, COMPLETED, DELETED, PAUSED, RE, RESUMED, STOPPED, started
from service.callbacks.dispatcher import Dispatcher
from service.callbacks.enqueue import plan_deliveries
from service.callbacks.payload import parameters
from service.domain.events import Callback, Encryption
from service.domain.recording import fold

START_TIME = datetime(2026, 3, 24, 18, 15, 40, 999999, tzinfo=UTC)
ALWAYS = {
    "AccountSid": AC,
    "RecordingSid": RE,
    "RecordingUrl": f"http://localhost:8080/2010-04-01/Accounts/{AC}/Recordings/{RE}",
    "RecordingStartTime": "Tue, 24 Mar 2026 18:15:40 +0000",
    "RecordingTrack": "both",
}
OF_CALL = ALWAYS | {"CallSid": CA, "RecordingChannels": "2", "RecordingSource": "StartCallRecordingAPI"}
OF_CONFERENCE = ALWAYS | {"ConferenceSid": CF, "RecordingChannels": "1", "RecordingSource": "Conference"}


@pytest.mark.parametrize(("conference", "always"), [(False, OF_CALL), (True, OF_CONFERENCE)])
def test_each_event_tells_its_own_parameters_and_no_others(conference, always):
    start = started(conference=conference)

    def told(event):
        return parameters(AC, RE, start, START_TIME, event)

    assert told(start) == always | {"RecordingStatus": "in-progress"}
    assert told(COMPLETED) == always | {"RecordingStatus": "completed", "RecordingDuration": "15", "ErrorCode": "0"}
    assert told(ABSENT) == always | {"RecordingStatus": "absent", "ErrorCode": "16101"}


def test_how_a_recording_is_encrypted_is_told_as_json():
    encryption = Encryption(public_key_sid="CR1", encrypted_cek="Q0VL", iv="SVY=")
    told = parameters(AC, RE, started(), START_TIME, replace(COMPLETED, encryption=encryption))
    assert told["EncryptionDetails"] == ('{"type":"rsa-aes","public_key_sid":"CR1","encrypted_cek":"Q0VL","iv":"SVY="}')


def test_a_trailing_slash_of_the_public_url_is_not_doubled():
    start = replace(started(), public_url="https://records.example/")
    assert parameters(AC, RE, start, START_TIME, start)["RecordingUrl"].startswith(
        "https://records.example/2010-04-01/"
    )


def test_media_in_a_store_are_told_where_they_are():
    completed = replace(COMPLETED, media_url=f"https://bucket.example/{AC}/{RE}")
    assert parameters(AC, RE, started(), START_TIME, completed)["RecordingUrl"] == completed.media_url


def plan(event, *before, callback=("completed",), **changes):
    callback = (
        None if callback is None else Callback(url="https://example.com/cb", method="POST", events=callback, host=None)
    )
    history = [replace(started(), callback=replace(callback, **changes) if callback else None), *before]
    event = history[0] if event is None else event
    state = fold(history if event is history[0] else [*history, event])
    return plan_deliveries(AC, RE, state.version, event, state, START_TIME)


@pytest.mark.parametrize(
    ("events", "owed"),
    [
        (("completed",), ["completed"]),
        ((), ["completed"]),
        (("in-progress", "completed", "absent"), ["in-progress", "completed", "absent"]),
        (("absent",), ["absent"]),
        (None, []),
    ],
)
def test_only_the_events_asked_for_are_owed(events, owed):
    planned = [
        *plan(None, callback=events),
        *plan(PAUSED, callback=events),
        *plan(RESUMED, PAUSED, callback=events),
        *plan(STOPPED, callback=events),
        *plan(COMPLETED, STOPPED, callback=events),
        *plan(ABSENT, STOPPED, callback=events),
        *plan(DELETED, STOPPED, COMPLETED, callback=events),
    ]
    assert [delivery["event"] for delivery in planned] == owed


def test_a_plan_is_frozen_and_says_where_it_goes():
    (delivery,) = plan(COMPLETED, STOPPED, url="https://u:p@Example.com:8443/cb#rc=1", method="GET")
    assert delivery["url"] == "https://u:p@Example.com:8443/cb#rc=1"
    assert (delivery["method"], delivery["host"]) == ("GET", "example.com:8443")
    assert (delivery["version"], delivery["type"], delivery["event"]) == (3, "completed", "completed")
    assert dict(parse_qsl(delivery["parameters"]))["RecordingDuration"] == "15"
    assert dict(parse_qsl(delivery["parameters"]))["RecordingStartTime"] == ALWAYS["RecordingStartTime"]
    assert delivery["sid"] == "DL" + RE[2:14] + delivery["idempotency_token"].replace("-", "")[12:]


@given(text(characters(codec="utf-8")))
def test_parameters_are_planned_as_a_form_is_encoded(host):
    completed = replace(COMPLETED, media_url=f"https://{host}/%20 +&=;~*'!äß")
    (delivery,) = plan(completed, STOPPED)
    assert delivery["parameters"] == urlencode(parameters(AC, RE, started(), START_TIME, completed))


def test_a_token_is_the_same_for_the_same_delivery_and_another_for_any_other():
    (first,) = plan(COMPLETED, STOPPED)
    assert plan(COMPLETED, STOPPED) == [first]
    others = [*plan(ABSENT, STOPPED, PAUSED, callback=("absent",)), *plan(COMPLETED, STOPPED, url="http://other/")]
    assert len({first["idempotency_token"], *(other["idempotency_token"] for other in others)}) == 3


def test_a_forbidden_or_broken_target_is_planned_too():
    assert plan(COMPLETED, STOPPED, url="http://127.0.0.1/cb")[0]["host"] == "127.0.0.1:80"
    assert plan(COMPLETED, STOPPED, url="gopher://x")[0]["host"] == ""


@pytest.mark.parametrize(("event", "before", "woken"), [(COMPLETED, [STOPPED], True), (STOPPED, [], False)])
def test_the_dispatcher_is_woken_by_what_is_owed_alone(event, before, woken):
    dispatcher = Dispatcher("", None, clock=lambda: 0.0, jitter=lambda: 0.5)
    dispatcher.on_event(AC, RE, fold([started(), *before, event]), event)
    assert dispatcher._awake.is_set() == woken
