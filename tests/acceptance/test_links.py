"""Signed links: whoever has the URL hears that one file, for that time, and nothing else."""

import json
import time
from urllib.parse import parse_qs, urlsplit, urlunsplit

import pytest
import requests

from listener import own_api, wait_for
from population import CALL, wav

OTHER = "CA" + "8" * 32


@pytest.fixture
def recording(service):
    own_api(service, "PUT", f"/Calls/{CALL}", json={"status": "in-progress"})
    sid = service.client().calls(CALL).recordings.create().sid
    unfinished = own_api(service, "POST", f"/Recordings/{sid}/Links", json={"expires_in": 60})
    assert (unfinished.status_code, unfinished.json()["code"]) == (409, 20409)
    own_api(service, "PUT", f"/Recordings/{sid}/Media", data=wav())
    wait_for(service, sid)
    return sid


def link(service, sid: str, **body) -> dict:
    made = own_api(service, "POST", f"/Recordings/{sid}/Links", json={"expires_in": 60} | body)
    assert made.status_code == 201, made.text
    return made.json()


def play(url: str, **headers: str) -> requests.Response:
    return requests.get(url, headers=headers, timeout=10)


def test_a_link_plays_one_file_until_it_is_revoked_or_expires(service, recording):
    made = link(service, recording)
    assert (made["recording_sid"], made["format"], made["channels"]) == (recording, "mp3", 1)
    assert made["actor"] == {"sid": service.credentials[0], "role": "account"}
    heard = play(made["url"])
    assert (heard.status_code, heard.headers["Content-Type"]) == (200, "audio/mpeg")
    assert (heard.headers["Referrer-Policy"], heard.headers["Cache-Control"]) == ("no-referrer", "private, no-cache")
    assert play(made["url"], Range="bytes=0-9").content == heard.content[:10]
    assert requests.head(made["url"], timeout=10).headers["Content-Length"] == str(len(heard.content))
    assert play(link(service, recording, format="wav")["url"]).content[:4] == b"RIFF"
    brief = link(service, recording, expires_in=1)
    one = f"/Recordings/{recording}/Links/{made['sid']}"
    assert own_api(service, "GET", one).json() == made
    assert own_api(service, "DELETE", one).status_code == own_api(service, "DELETE", one).status_code == 204
    assert (play(made["url"]).status_code, "revoked" in play(made["url"]).text) == (410, True)
    assert own_api(service, "GET", one).json()["date_revoked"] is not None
    deadline = time.monotonic() + 5
    while play(brief["url"]).status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert (play(brief["url"]).status_code, "expired at" in play(brief["url"]).text) == (410, True)
    listed = own_api(service, "GET", f"/Recordings/{recording}/Links?PageSize=2").json()
    assert listed["links"][0]["sid"] == brief["sid"]
    rest = requests.get(listed["meta"]["next_page_url"], auth=service.credentials, timeout=10).json()
    assert [found["sid"] for found in rest["links"]] == [made["sid"]]
    assert rest["meta"]["next_page_url"] is None
    log = service.log_text()
    assert made["sid"] in log
    assert not any(parse_qs(urlsplit(found["url"]).query)["Signature"][0] in log for found in (made, brief))


def test_a_link_that_was_changed_leads_nowhere(service, recording):
    one, other = link(service, recording)["url"], link(service, recording, expires_in=600)["url"]
    url = urlsplit(one)
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    digit = "0" if query["Signature"][0] != "0" else "1"
    for changed in (
        one.replace("Channels=1", "Channels=2"),
        one.replace("Expires=1", "Expires=2"),
        one.replace("Expires=", "Expires=0"),
        one.replace(query["Signature"], digit + query["Signature"][1:]),
        one.replace(query["Signature"], ""),
        one.replace(query["Signature"], "\u00fc"),
        one.replace(".mp3", ".wav"),
        one.partition("?")[0],
        urlunsplit(url._replace(query=urlsplit(other).query)),
    ):
        answer = play(changed)
        assert (answer.status_code, answer.json()["code"]) == (403, 20403), changed
    for absent in (
        one.replace(url.path.split("/")[-1][:34], "LK" + "0" * 32),
        one.replace(recording, "RE" + "0" * 32),
        one.replace(service.credentials[0], "AC" + "0" * 32),
    ):
        assert play(absent).status_code == 404
    assert play(one + "&More=1").status_code == 400
    assert play(one.replace(".mp3", "").partition("?")[0]).status_code == 401
    assert play(one).status_code == 200


def test_who_may_not_hear_makes_no_link_and_what_is_gone_is_heard_by_none(service, recording):
    path = f"/Recordings/{recording}/Links"
    url = f"{service.url}/v1/Accounts/{service.credentials[0]}{path}"
    for role, status in (("auditor", 403), ("switch", 403), ("standard", 201)):
        key = service.verb("keys", "create", "--account", service.credentials[0], "--role", role, "--json")
        made = requests.post(url, json={"expires_in": 9}, auth=_pair(key.stdout), timeout=10)
        assert made.status_code == status, role
    wrong = ({}, {"expires_in": 0}, {"expires_in": 604801}, {"expires_in": "60"}, {"expires_in": 60, "format": "ogg"})
    for body in (*wrong, {"expires_in": 60, "chanels": 1}):
        refused = own_api(service, "POST", path, json=body)
        assert (refused.status_code, refused.json()["code"]) == (400, 20001), body
    assert own_api(service, "POST", path, json={"expires_in": 60, "channels": 2}).json()["code"] == 16113
    working = made.json()["url"]
    for _ in range(99):
        link(service, recording)
    assert own_api(service, "POST", path, json={"expires_in": 60}).status_code == 409
    assert play(working).status_code == 200
    assert service.client().recordings(recording).delete()
    assert play(working).status_code == own_api(service, "GET", path).status_code == 404


def _pair(written: str) -> tuple[str, str]:
    key = json.loads(written)
    return key["sid"], key["secret"]
