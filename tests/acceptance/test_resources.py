"""What the switch starts and gives up, and what was said in a recording: over HTTP, and through Twilio's library."""

from xml.etree import ElementTree as ET

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

CALL = "CA" + "4" * 32
CONFERENCE = "CF" + "5" * 32
UNKNOWN = "RE" + "0" * 32


@pytest.fixture
def switch(service):
    """Send a body to a path of the account under /v1; a call and a conference are in progress."""

    def send(path: str, body: object, method: str = "POST", **headers: str) -> tuple[int, dict]:
        url = f"{service.url}/v1/Accounts/{service.credentials[0]}{path}"
        answer = requests.request(method, url, json=body, auth=service.credentials, headers=headers, timeout=10)
        return answer.status_code, answer.json()

    send(f"/Calls/{CALL}", {"status": "in-progress"}, "PUT")
    send(f"/Conferences/{CONFERENCE}", {"status": "in-progress", "call_sid": CALL}, "PUT")
    return send


def started(switch, **body) -> dict:
    status, document = switch(f"/Calls/{CALL}/Recordings", body)
    assert status == 201, document
    return document


def test_the_switch_starts_recordings_of_calls_and_conferences(service, switch):
    account = f"/2010-04-01/Accounts/{service.credentials[0]}"
    made = started(switch, channels=2, track="inbound", occurred_at="2026-11-22T21:10:22.123456Z")
    assert (made["source"], made["status"], made["channels"], made["track"]) == (
        "OutboundAPI",
        "in-progress",
        2,
        "inbound",
    )
    assert made["start_time"] == "Sun, 22 Nov 2026 21:10:22 +0000"
    assert made["uri"] == f"{account}/Calls/{CALL}/Recordings/{made['sid']}.json"
    for source, channels in {
        "DialVerb": 2,
        "OutboundAPI": 2,
        "Trunking": 2,
        "RecordVerb": 1,
        "StartCallRecordingAPI": 2,
    }.items():
        made = started(switch, source=source, channels=2)
        assert (made["source"], made["channels"]) == (source, channels)
    for body in ({"channels": 2}, {"source": "StartConferenceRecordingAPI"}):
        status, made = switch(f"/Conferences/{CONFERENCE}/Recordings", body)
        assert (status, made["channels"], made["call_sid"]) == (201, 1, CALL)
        assert made["source"] == body.get("source", "Conference")
        assert "track" not in made
        assert made["uri"] == f"{account}/Conferences/{CONFERENCE}/Recordings/{made['sid']}.json"


def test_a_conferences_recording_does_not_end_with_the_call_that_opened_it(service, switch):
    of_conference = switch(f"/Conferences/{CONFERENCE}/Recordings", {})[1]["sid"]
    of_call = started(switch)["sid"]
    current = service.client().calls(CALL).recordings("Twilio.CURRENT").update(status="paused")
    assert current.sid == of_call
    switch(f"/Calls/{CALL}", {"status": "completed"}, "PUT")
    paused = service.client().conferences(CONFERENCE).recordings(of_conference).update(status="paused")
    assert paused.status == "paused"


def test_a_wrong_body_is_named_and_changes_nothing(service, switch):
    for body in ({"source": "Conference"}, {"chanels": 2}, {"recording_status_callback": "https://example.com/\u0000"}):
        status, error = switch(f"/Calls/{CALL}/Recordings", body)
        assert (status, error["code"]) == (400, 20001)
        assert next(iter(body)) in error["message"]
    url = f"{service.url}/2010-04-01/Accounts/{service.credentials[0]}/Calls/{CALL}/Recordings.json"
    for charset, form in (("utf-7", "RecordingTrack=+2AA-"), ("nonsense", "Trim=x"), ("utf-8", b"Trim=\xff")):
        headers = {"Content-Type": f"application/x-www-form-urlencoded; charset={charset}"}
        answer = requests.post(url, data=form, headers=headers, auth=service.credentials, timeout=10)
        assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    parts = {"Trim": (None, b"\xff", "text/plain; charset=utf-8")}
    assert requests.post(url, files=parts, auth=service.credentials, timeout=10).status_code == 400
    assert service.client().recordings.list() == []


def test_where_a_recording_cannot_be_started(switch):
    assert switch(f"/Calls/{'CA' + '9' * 32}/Recordings", {})[0] == 404
    assert switch("/Calls/CA9/Recordings", {})[0] == 404
    assert switch(f"/Calls/{CALL}/Recordings?source=DialVerb", {})[0] == 400
    assert switch(f"/Conferences/{CONFERENCE}/Recordings", {"source": "DialVerb"})[0] == 400
    switch(f"/Calls/{CALL}", {"status": "completed"}, "PUT")
    status, error = switch(f"/Calls/{CALL}/Recordings", {})
    assert (status, error["code"]) == (400, 21220)


def test_the_switch_says_that_there_is_no_audio_and_says_it_once(service, switch):
    sid = started(switch)["sid"]
    absent = f"/Recordings/{sid}/Absent"
    assert switch(absent, {"error_code": 1})[0] == 400
    status, document = switch(absent, {"error_code": 16101}, **{"Idempotency-Key": "once"})
    assert (status, document["status"], document["error_code"]) == (200, "absent", 16101)
    assert document["media_url"].endswith(f"/Recordings/{sid}")
    assert switch(absent, {"error_code": 16101}, **{"Idempotency-Key": "once"}) == (200, document)
    status, error = switch(absent, {"error_code": 16101})
    assert (status, error["code"]) == (409, 20409)
    assert switch(f"/Recordings/{UNKNOWN}/Absent", {})[0] == switch("/Recordings/x/Absent", {})[0] == 404
    fetched = service.client().recordings(sid).fetch()
    assert (fetched.status, fetched.error_code) == ("absent", 16101)


def test_a_start_with_an_idempotency_key_is_made_once(service, switch):
    key = {"Idempotency-Key": "start"}
    first = switch(f"/Calls/{CALL}/Recordings", {"source": "Trunking"}, **key)
    assert switch(f"/Calls/{CALL}/Recordings", {"source": "Trunking"}, **key) == first
    assert switch(f"/Calls/{CALL}/Recordings", {"source": "DialVerb"}, **key)[0] == 409
    assert [row.sid for row in service.client().recordings.list()] == [first[1]["sid"]]
    broken = {"Idempotency-Key": b"\xff".decode("latin-1")}
    assert switch(f"/Calls/{CALL}/Recordings", {}, **broken)[0] == 400


def test_transcriptions_are_made_listed_page_by_page_fetched_and_deleted(service, switch):
    sid, other = (started(switch)["sid"] for _ in range(2))
    made = []
    for n in range(5):
        body = {"transcription_text": f"words <{n}> ż", "status": "completed"}
        status, document = switch(f"/Recordings/{sid}/Transcriptions", body)
        assert status == 201
        made.append(document)
    failed = switch(f"/Recordings/{other}/Transcriptions", {"transcription_text": None, "status": "failed"})[1]
    assert (failed["transcription_text"], failed["status"], failed["type"]) == ("(blank)", "failed", "fast")
    account = f"/2010-04-01/Accounts/{service.credentials[0]}"
    assert made[0] | {"date_created": None, "date_updated": None} == {
        "account_sid": service.credentials[0],
        "api_version": "2010-04-01",
        "date_created": None,
        "date_updated": None,
        "duration": None,
        "price": "0.00000",
        "price_unit": "USD",
        "recording_sid": sid,
        "sid": made[0]["sid"],
        "status": "completed",
        "transcription_text": "words <0> ż",
        "type": "fast",
        "uri": f"{account}/Transcriptions/{made[0]['sid']}.json",
    }
    client = service.client()
    of_recording = client.recordings(sid).transcriptions
    sids = {document["sid"] for document in made}
    listed = [row.sid for row in of_recording.list(page_size=2)]
    assert set(listed) == sids
    assert len(listed) == 5
    assert {row.sid for row in client.transcriptions.list(page_size=4)} == sids | {failed["sid"]}
    page = client.transcriptions.page(page_size=4)
    assert [row.sid for row in page.next_page().previous_page()] == [
        row.sid for row in client.transcriptions.page(page_size=4)
    ]
    one = made[0]["sid"]
    assert of_recording(one).fetch().transcription_text == client.transcriptions(one).fetch().transcription_text
    with pytest.raises(TwilioRestException) as elsewhere:
        client.recordings(other).transcriptions(one).fetch()
    assert (elsewhere.value.status, elsewhere.value.code) == (404, 20404)
    assert of_recording(one).delete()
    with pytest.raises(TwilioRestException) as twice:
        client.transcriptions(one).delete()
    assert (twice.value.status, twice.value.code) == (404, 20404)
    assert one not in [row.sid for row in of_recording.list()]


def test_xml_says_the_same_and_add_on_results_are_none(service, switch):
    sid = started(switch)["sid"]
    switch(f"/Recordings/{sid}/Transcriptions", {"transcription_text": "a & b \u001b", "status": "completed"})
    account = f"/2010-04-01/Accounts/{service.credentials[0]}"

    def get(path: str) -> requests.Response:
        return requests.get(service.url + account + path, auth=service.credentials, timeout=10)

    (document,) = get("/Transcriptions.json").json()["transcriptions"]
    for path in ("/Transcriptions", f"/Recordings/{sid}/Transcriptions.xml?PageSize=50"):
        listed = ET.fromstring(get(path).content).find("Transcriptions")  # noqa: S314 - our own answer
        where = path.partition("?")[0].removesuffix(".xml")
        assert listed.attrib == {
            "page": "0",
            "pagesize": "50",
            "start": "0",
            "end": "0",
            "uri": f"{account}{where}?PageSize=50&Page=0",
            "firstpageuri": f"{account}{where}?PageSize=50&Page=0",
            "nextpageuri": "",
            "previouspageuri": "",
        }
        (element,) = listed
        assert element.tag == "Transcription"
        assert element.findtext("TranscriptionText") == "a & b "
        assert element.findtext("Uri") == document["uri"].removesuffix(".json")
    results = get(f"/Recordings/{sid}/AddOnResults.json").json()
    assert (results["add_on_results"], results["start"], results["end"], results["next_page_uri"]) == ([], 0, 0, None)
    assert service.client().recordings(sid).add_on_results.list() == []
    assert list(ET.fromstring(get(f"/Recordings/{sid}/AddOnResults.xml").content).find("AddOnResults")) == []  # noqa: S314 - our own answer
    for path in (f"/Recordings/{UNKNOWN}/AddOnResults.json", f"/Recordings/{UNKNOWN}/Transcriptions.json"):
        assert get(path).status_code == 404
    assert switch(f"/Recordings/{UNKNOWN}/Transcriptions", {"status": "failed"})[0] == 404
    assert switch(f"/Recordings/{sid}/Transcriptions", {"status": "completed"})[0] == 400
    assert get("/Transcriptions/TR1.json").status_code == 404
    subresources = get(".json").json()["subresource_uris"]
    assert subresources["transcriptions"] == f"{account}/Transcriptions.json"


def test_the_list_of_accounts_holds_what_its_filters_let_through(service):
    accounts = service.client().api.v2010.accounts
    (own,) = accounts.list()
    assert own.sid == service.credentials[0]
    assert [row.sid for row in accounts.list(friendly_name=own.friendly_name, status="active")] == [own.sid]
    assert accounts.list(friendly_name="another") == accounts.list(status="closed") == []
