"""Every answer of a real run holds to the description: types, nulls, the exact keys; JSON and XML say the same."""

from xml.etree import ElementTree as ET

import pytest

from described import Described, fields, xml_fields
from listener import wait_for
from population import CALL, CONFERENCE, OVER, Population, wav

NONE = "RE" + "0" * 32


@pytest.fixture
def ask(service):
    population = Population(service)
    wait_for(service, population.rows[1]["RecordingSid"])
    wait_for(service, population.rows[5]["RecordingSid"])
    asking = Described(population)
    asking.rows, asking.account = population.rows, population.account
    return asking


def parents(ask) -> dict[str, dict[str, str]]:
    """Return, by the path of each view, a row whose recording is completed."""
    account = f"/2010-04-01/Accounts/{ask.account}"
    return {
        account: ask.rows[1],
        f"{account}/Calls/{CALL}": ask.rows[1],
        f"{account}/Calls/{OVER}": ask.rows[5],
        f"{account}/Conferences/{CONFERENCE}": ask.rows[9],
    }


def test_json_and_xml_of_every_resource_hold_to_the_description_and_say_the_same(ask):
    account = f"/2010-04-01/Accounts/{ask.account}"
    recording = f"{account}/Recordings/{ask.rows[1]['RecordingSid']}"
    heard = f"Transcriptions/{ask.rows[1]['TranscriptionSid']}"
    documents = [
        account,
        f"{account}/{heard}",
        f"{recording}/{heard}",
        f"{account}/Recordings/{ask.rows[6]['RecordingSid']}",
    ]
    lists = ["/2010-04-01/Accounts", f"{account}/Transcriptions", f"{recording}/Transcriptions"]
    lists.append(f"{recording}/AddOnResults")
    for parent, row in parents(ask).items():
        documents.append(f"{parent}/Recordings/{row['RecordingSid']}")
        lists.append(f"{parent}/Recordings")
    for path in documents:
        written = ask("GET", f"{path}.json").json()
        (element,) = ET.fromstring(ask("GET", f"{path}.xml").content)  # noqa: S314 - our own answer
        assert xml_fields(element) == fields(written), path
    for path in lists:
        page = ask("GET", f"{path}.json?PageSize=3").json()
        (rows,) = [value for value in page.values() if isinstance(value, list)]
        for extension in (".xml", ""):
            (element,) = ET.fromstring(ask("GET", f"{path}{extension}?PageSize=3").content)  # noqa: S314 - the same
            assert [xml_fields(row) for row in element] == [fields(row) for row in rows], path


def test_changes_and_refusals_hold_to_the_description(ask):
    account, own = f"/2010-04-01/Accounts/{ask.account}", f"/v1/Accounts/{ask.account}"
    call, conference = f"{account}/Calls/{CALL}/Recordings", f"{account}/Conferences/{CONFERENCE}/Recordings"
    made = ask("POST", f"{call}.json").json()["sid"]
    assert ask("POST", f"{call}.json", data={"Trim": "x"}).status_code == 400
    assert ask("POST", f"{call}.xml").status_code == 201
    for status in ("paused", "in-progress", "stopped"):
        assert ask("POST", f"{call}/{made}.json", data={"Status": status}).json()["status"] == status
    assert ask("DELETE", f"{call}/{made}.json").status_code == 409
    assert ask("DELETE", f"{call}/{NONE}.xml").status_code == 404
    in_conference = ask("POST", f"{own}/Conferences/{CONFERENCE}/Recordings", json={}).json()["sid"]
    assert ask("POST", f"{conference}/{in_conference}.json", data={"Status": "paused"}).status_code == 200
    assert ask("POST", f"{conference}/{in_conference}.xml", data={"Status": "stopped"}).status_code == 400
    completed = f"{account}/Recordings/{ask.rows[1]['RecordingSid']}"
    assert ask("DELETE", f"{completed}.json").status_code == 204
    assert ask("GET", f"{completed}.json").status_code == 404
    assert ask("GET", f"{completed}.json?IncludeSoftDeleted=true").json()["status"] == "deleted"
    heard = f"{account}/Transcriptions/{ask.rows[0]['TranscriptionSid']}.json"
    assert [ask("DELETE", heard).status_code for _ in range(2)] == [204, 404]


def test_the_switchs_and_auditors_answers_hold_to_the_description(ask):
    own = f"/v1/Accounts/{ask.account}"
    for kind, sid in (("Calls", CALL), ("Conferences", CONFERENCE)):
        assert ask("GET", f"{own}/{kind}/{sid}").json()["sid"] == sid
        assert ask("PUT", f"{own}/{kind}/{sid}", json={"status": "in-progress"}).status_code == 200
        assert ask("PUT", f"{own}/{kind}/{sid}", json={"state": "in-progress"}).status_code == 400
        assert ask("POST", f"{own}/{kind}/{sid}/Recordings", json={}).status_code == 201
        assert ask("GET", f"{own}/{kind}/{NONE}").status_code == 404
    assert ask("PUT", f"{own}/Calls/CA{'9' * 32}", json={"status": "queued"}).status_code == 201
    assert ask("PUT", f"{own}/Calls/{OVER}", json={"status": "in-progress"}).status_code == 409
    assert ask("PUT", f"{own}/Calls/{CALL}", data=b"x" * (1 << 21)).status_code == 413
    stopped, finished = (f"{own}/Recordings/{ask.rows[number]['RecordingSid']}" for number in (7, 5))
    assert ask("PUT", f"{stopped}/Media", data=b"none").status_code == 400
    assert ask("PUT", f"{finished}/Media", data=wav()).status_code == 409
    assert ask("POST", f"{stopped}/Absent", json={}).json()["status"] == "absent"
    assert ask("POST", f"{stopped}/Transcriptions", json={"status": "failed"}).json()["transcription_text"] == "(blank)"
    kinds = [event["type"] for row in ask.rows for event in events(ask, row["RecordingSid"])]
    assert set(kinds) == {"started", "stopped", "completed", "absent"}


def events(ask, sid: str) -> list[dict]:
    return ask("GET", f"/v1/Accounts/{ask.account}/Recordings/{sid}/Events").json()["events"]


def test_sound_and_the_services_own_paths_hold_to_the_description(ask):
    for parent, row in parents(ask).items():
        for extension in ("", ".wav", ".mp3"):
            media = f"{parent}/Recordings/{row['RecordingSid']}{extension}"
            ranges = {200: "", 206: "bytes=0-99", 416: "bytes=9999999-"}
            got = [
                ask(method, media, headers={"Range": ranges[status]} if ranges[status] else {}).status_code
                for status in ranges
                for method in ("GET", "HEAD")
            ]
            assert got == [200, 200, 206, 206, 416, 416], media
            assert ask("GET", f"{parent}/Recordings/{NONE}{extension}").status_code == 404
    for socket in ("/v1/MediaStream", "/v1/AudioFork", "/v1/AudioFork/record/aws_s3"):
        assert ask("GET", socket).status_code == 400
    assert [ask("GET", path).status_code for path in ("/healthz", "/readyz", "/openapi.json")] == [200] * 3
