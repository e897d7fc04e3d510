"""Legal holds and retention in the running program, as customers, auditors and operators meet them."""

import json

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from listener import CALL, causes, own_api, quick, record, wait_for
from population import CONFERENCE, wav

REFERENCE = "2026/0042-K"


def refused(recording) -> TwilioRestException:
    with pytest.raises(TwilioRestException) as raised:
        recording.delete()
    assert (raised.value.status, raised.value.code) == (409, 20409)
    return raised.value


def hold(service, path: str, **body: str) -> dict:
    answer = own_api(service, "PUT", f"{path}/Hold", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


@quick
def test_a_delete_under_a_hold_is_refused_at_every_path_until_it_is_released(service):
    sid, client = record(service, wav()), service.client()
    path, account = f"/Recordings/{sid}", service.credentials[0]
    free = own_api(service, "GET", f"{path}/Hold").json()
    assert (free["held"], free["recording_sid"], free["held_at"]) == (False, sid, None)
    held = hold(service, path, reference=REFERENCE)
    assert (held["held"], held["reference"], held["actor"]) == (True, REFERENCE, {"sid": account, "role": "account"})
    assert hold(service, path, reference="another") == held == own_api(service, "GET", f"{path}/Hold").json()
    said = refused(client.recordings(sid)).msg
    for word in (
        "recording is under legal hold since",
        held["held_at"],
        account,
        f"DELETE /v1/Accounts/{account}{path}/Hold",
    ):
        assert word in said
    refused(client.calls(CALL).recordings(sid))
    assert own_api(service, "GET", f"{path}/Events").json()["events"][-1]["data"] == {
        "request": "delete",
        "under": "recording",
        "hold": 4,
    }
    assert client.recordings(sid).fetch().status == "completed"
    assert own_api(service, "DELETE", f"{path}/Hold").status_code == 204
    assert own_api(service, "DELETE", f"{path}/Hold").status_code == 204
    assert client.recordings(sid).delete()
    types = [name for name, _ in causes(service, sid)]
    assert types[3:] == ["held", "refused", "refused", "released", "deleted"]
    assert hold(service, path)["held"], "what is left of it may be held too"
    assert service.verb("verify").returncode == 0


@quick
def test_an_accounts_hold_holds_all_it_has_and_what_was_said_too(service):
    sid, client = record(service, wav()), service.client()
    own_api(service, "PUT", f"/Conferences/{CONFERENCE}", json={"status": "in-progress"})
    other = own_api(service, "POST", f"/Conferences/{CONFERENCE}/Recordings", json={}).json()["sid"]
    assert own_api(service, "PUT", f"/Recordings/{other}/Media", data=wav()).status_code == 202
    text = {"status": "completed", "transcription_text": "good morning"}
    said = own_api(service, "POST", f"/Recordings/{sid}/Transcriptions", json=text).json()["sid"]
    hold(service, "", reference=REFERENCE)
    assert "The account is under legal hold" in refused(client.recordings(sid)).msg
    refused(client.transcriptions(said))
    wait_for(service, other)
    refused(client.conferences(CONFERENCE).recordings(other))
    assert own_api(service, "PUT", "/Retention", json={"delete_after_days": 1}).json()["delete_after_days"] == 1
    listed = json.loads(service.verb("holds", "list", "--account", service.credentials[0], "--json").stdout)
    assert (listed["recording_sid"], listed["reference"]) == (None, REFERENCE)
    assert own_api(service, "DELETE", "/Hold").status_code == 204
    assert client.transcriptions(said).delete()
    assert client.recordings(sid).delete()
    assert client.conferences(CONFERENCE).recordings(other).delete()
    assert service.verb("verify").returncode == 0


def test_what_is_no_hold_and_no_retention_is_told_what_would_be(service):
    nobody = "/Recordings/RE" + "0" * 32
    for method, body in (("GET", {}), ("PUT", {"json": {}}), ("DELETE", {})):
        assert own_api(service, method, f"{nobody}/Hold", **body).json()["code"] == 20404
    wrong = [
        ("/Hold", {"reason": "Mr Smith sues"}),
        ("/Hold", {"reference": "Mr Smith sues"}),
        ("/Hold", {"reference": ""}),
    ]
    days = [
        {},
        *({"delete_after_days": value} for value in (0, 36501, "7", 1.5, None)),
        {"delete_after_days": 1, "x": 1},
    ]
    for path, body in (*wrong, *(("/Retention", body) for body in days)):
        answer = own_api(service, "PUT", path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, 20001), body
    assert not own_api(service, "GET", "/Hold").json()["held"]
    assert own_api(service, "GET", "/Retention").json()["delete_after_days"] is None
    assert own_api(service, "GET", "/Hold?x=1").status_code == 400


@quick
def test_operators_place_and_release_holds_and_say_how_long_sound_is_kept(service):
    sid, account = record(service, wav()), service.credentials[0]

    def said(*words: str) -> dict:
        done = service.verb(*words, "--json")
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)

    placed = said("holds", "place", account, sid, "--reference", REFERENCE)
    assert (placed["recording_sid"], placed["reference"], placed["placed_by"]) == (sid, REFERENCE, "system")
    again = service.verb("holds", "place", account, sid, "--reference", "other", "--json")
    assert (json.loads(again.stdout), "nothing was changed" in again.stderr) == (placed, True)
    assert "placed on the command line" in refused(service.client().recordings(sid)).msg
    assert said("holds", "list", "--account", account) == placed
    assert said("holds", "release", account, sid)["held"] is False
    assert said("accounts", "retention", account, "--days", "90") == {"sid": account, "delete_after_days": 90}
    assert said("accounts", "retention", account)["delete_after_days"] == 90
    assert own_api(service, "DELETE", "/Retention").status_code == 204
    assert said("accounts", "retention", account)["delete_after_days"] is None
    assert said("rebuild", "policies", "--verify") == {"projection": "policies", "repaired": 0, "differing": []}
    for words in (
        ("place", account, "RE" + "0" * 32),
        ("place", "AC" + "0" * 32),
        ("release", account, "RE" + "0" * 32),
    ):
        assert service.verb("holds", *words).returncode == 1
    for words in (("holds", "place", account, "--reference", "a b"), ("accounts", "retention", account, "--days", "0")):
        assert service.verb(*words).returncode == 2


def test_auditors_read_holds_and_others_do_not_come_near_them(service):
    account = service.credentials[0]
    for role, read, written in (
        ("auditor", 200, 403),
        ("admin", 200, 200),
        ("standard", 403, 403),
        ("switch", 403, 403),
    ):
        made = json.loads(service.verb("keys", "create", "--account", account, "--role", role, "--json").stdout)
        url, key = f"{service.url}/v1/Accounts/{account}/Hold", (made["sid"], made["secret"])
        assert requests.get(url, auth=key, timeout=10).status_code == read
        assert requests.put(url, json={}, auth=key, timeout=10).status_code == written
