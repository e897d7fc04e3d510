"""A recording's document in each view, at each point of its life."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from facts import AC, AT, CA, CF, RE
from service.api.twilio.presenter import recording_document
from service.application.views import RecordingView

ACCOUNT = f"/2010-04-01/Accounts/{AC}"
ROW = RecordingView(
    account_sid=AC,
    sid=RE,
    version=3,
    call_sid=CA,
    conference_sid=CF,
    source="DialVerb",
    channels=2,
    track="both",
    live_status="completed",
    start_time=AT,
    date_created=AT + timedelta(seconds=1),
    date_updated=AT + timedelta(seconds=2),
    stopped_at=AT,
    deleted_at=None,
    duration=15,
    price=Decimal("-0.0050"),
    price_unit="USD",
    stored_channels=2,
    error_code=None,
    media_url=None,
    encryption=None,
)
COMMON = {
    "account_sid": AC,
    "api_version": "2010-04-01",
    "call_sid": CA,
    "conference_sid": CF,
    "channels": 2,
    "date_created": "Sun, 22 Nov 2026 21:10:23 +0000",
    "date_updated": "Sun, 22 Nov 2026 21:10:24 +0000",
    "start_time": "Sun, 22 Nov 2026 21:10:22 +0000",
    "price": "-0.005",
    "price_unit": "USD",
    "duration": "15",
    "sid": RE,
    "source": "DialVerb",
    "status": "completed",
    "error_code": None,
    "encryption_details": None,
}
RECORDING = f"{ACCOUNT}/Recordings/{RE}"
VIEWS = {
    "account": COMMON
    | {
        "price": "-0.00500",
        "uri": f"{RECORDING}.json",
        "media_url": f"http://host{RECORDING}",
        "subresource_uris": {
            "add_on_results": f"{RECORDING}/AddOnResults.json",
            "transcriptions": f"{RECORDING}/Transcriptions.json",
        },
    },
    "call": COMMON | {"track": "both", "uri": f"{ACCOUNT}/Calls/{CA}/Recordings/{RE}.json"},
    "conference": COMMON | {"uri": f"{ACCOUNT}/Conferences/{CF}/Recordings/{RE}.json"},
}


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_has_its_keys_and_formats(view):
    assert recording_document(ROW, view, "http://host") == VIEWS[view]


@pytest.mark.parametrize(
    ("live_status", "fetched"),
    [
        ("in-progress", "processing"),
        ("paused", "processing"),
        ("stopped", "processing"),
        ("completed", "completed"),
        ("absent", "absent"),
        ("deleted", "deleted"),
    ],
)
def test_a_fetch_shows_less_than_the_answer_to_a_change(live_status, fetched):
    row = replace(ROW, live_status=live_status)
    assert recording_document(row, "account", "")["status"] == fetched
    assert recording_document(row, "account", "", live=True)["status"] == live_status


def test_media_in_a_store_are_shown_where_they_are():
    url = f"https://bucket.example/{AC}/{RE}"
    assert recording_document(replace(ROW, media_url=url), "account", "http://host")["media_url"] == url


@pytest.mark.parametrize("view", VIEWS)
def test_how_a_recording_is_encrypted_is_told_under_every_name_in_use(view):
    told = '{"public_key_sid": "CR1", "encrypted_cek": "Q0VL", "iv": "SVY="}'
    assert recording_document(replace(ROW, encryption=told), view, "")["encryption_details"] == {
        "type": "rsa-aes",
        "public_key_sid": "CR1",
        "encrypted_cek": "Q0VL",
        "iv": "SVY=",
        "encryption_public_key_sid": "CR1",
        "encryption_cek": "Q0VL",
        "encryption_iv": "SVY=",
    }


def test_what_is_not_known_yet_is_null():
    row = replace(ROW, duration=None, price=None, conference_sid=None)
    document = recording_document(row, "call", "")
    assert [document[key] for key in ("duration", "price", "price_unit", "conference_sid")] == [None] * 4
    free = recording_document(replace(ROW, duration=0, price=Decimal(0)), "call", "")
    assert (free["duration"], free["price"]) == ("0", "0")
