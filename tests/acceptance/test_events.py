"""A recording's events over HTTP: page by page, and what is not understood is said."""

import pytest
import requests

from listener import own_api
from population import CALL


@pytest.fixture
def events(service):
    """Return the path of a recording's events, of which there are five, and the recording is absent."""
    own_api(service, "PUT", f"/Calls/{CALL}", json={"status": "in-progress"})
    recordings = service.client().calls(CALL).recordings
    sid = recordings.create().sid
    for status in ("paused", "in-progress"):
        recordings(sid).update(status=status)
    assert own_api(service, "POST", f"/Recordings/{sid}/Absent", json={}).status_code == 200
    return f"/Recordings/{sid}/Events"


def test_events_are_read_page_by_page_forth_and_back(service, events):
    def page(url):
        answer = requests.get(url, auth=service.credentials, timeout=10)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        return [event["version"] for event in body["events"]], body["meta"]

    whole, meta = page(f"{service.url}/v1/Accounts/{service.credentials[0]}{events}")
    assert (whole, meta["next_page_url"], meta["previous_page_url"]) == ([1, 2, 3, 4, 5], None, None)
    assert (meta["key"], meta["page"], meta["page_size"]) == ("events", 0, 50)
    first, meta = page(meta["url"].replace("PageSize=50", "PageSize=2"))
    second, meta = page(meta["next_page_url"])
    third, last = page(meta["next_page_url"])
    assert (first, second, third, last["next_page_url"]) == ([1, 2], [3, 4], [5], None)
    assert page(last["previous_page_url"])[0] == [3, 4]
    assert page(last["first_page_url"])[0] == page(meta["previous_page_url"])[0] == [1, 2]


@pytest.mark.parametrize("query", ["Typ=started", "PageSize=0", "PageToken=PARE1"])
def test_a_query_that_is_not_understood_is_refused_in_words(service, events, query):
    answer = own_api(service, "GET", f"{events}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert query.partition("=")[0] in answer.json()["message"]


def test_an_absent_recording_cannot_be_deleted_and_is_not_said_to_be_incomplete(service, events):
    sid = events.split("/")[2]
    url = f"{service.url}/2010-04-01/Accounts/{service.credentials[0]}/Recordings/{sid}.json"
    answer = requests.delete(url, auth=service.credentials, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (409, 20009)
    assert "absent" in answer.json()["message"]
    assert answer.content.endswith(b"}\n")
