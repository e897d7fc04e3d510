"""An auditor's evidence: fetched while the service runs, checked when it is gone; and what `verify` says of it."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from signal import SIGTERM

import asyncpg
import pytest
import requests

from listener import own_api, record
from population import CALL, wav
from service.eventstore.event import iso_time
from service.postgres.embedded import running_dsn

DOCS = Path(__file__).parents[2] / "docs"
VERIFIER = DOCS / "verify.py"
SEALING = {"RECORDKEEPER_SEAL_SECONDS": "0.3"}
KEY = "5e" * 32
EXPORT = """
    SELECT account_sid, recording_sid, version, position, type, data, canonical, recorded_at,
        encode(previous_hash, 'hex') AS previous_hash, encode(hash, 'hex') AS hash
    FROM events ORDER BY position
"""


def fetch(service, path: str) -> dict:
    """Answer a GET of the API; wait for what no seal covers yet."""
    deadline = time.monotonic() + 20
    while True:
        answer = requests.get(f"{service.url}{path}", auth=service.credentials, timeout=10)
        if answer.status_code != 409:
            assert answer.status_code == 200, answer.text
            return answer.json()
        assert "No seal covers the event yet" in answer.json()["message"]
        assert time.monotonic() < deadline
        time.sleep(0.1)


def recorded(service) -> str:
    own_api(service, "PUT", f"/Calls/{CALL}", json={"status": "in-progress"})
    sid = service.client().calls(CALL).recordings.create().sid
    assert own_api(service, "POST", f"/Recordings/{sid}/Absent", json={}).status_code == 200
    return sid


async def exported(service) -> list[dict]:
    """Return the account's events, each with the text that its hash is over."""
    connection = await asyncpg.connect(running_dsn(service.folder))
    rows = await connection.fetch(EXPORT)
    await connection.close()
    return [dict(row) | {"data": json.loads(row["data"]), "recorded_at": iso_time(row["recorded_at"])} for row in rows]


@pytest.mark.parametrize("service", [SEALING], indirect=True)
async def test_what_was_fetched_is_proved_by_the_verifier_when_the_service_is_gone(service, tmp_path):
    def written(name: str, text: str) -> Path:
        (tmp_path / name).write_text(text)
        return tmp_path / name

    def check(*words) -> tuple[int, str]:
        command = [sys.executable, VERIFIER, "--key", public, *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    account, paths = service.credentials[0], []
    for sid in (recorded(service) for _ in range(2)):  # the second after the first is sealed: two seals
        paths.append(f"/v1/Accounts/{account}/Recordings/{sid}/Events/2/Proof")
        proved = fetch(service, paths[-1])
    seals = fetch(service, "/v1/Integrity/Seals")
    (first, *_), last = seals["seals"][::-1], proved["log"]["seal"]["n"]
    consistency = fetch(service, f"/v1/Accounts/{account}/Integrity/Consistency?From=1&To={last}")
    (key,) = fetch(service, "/v1/Integrity/Keys")["keys"]
    public, events = key["public_key"], await exported(service)
    assert service.end(SIGTERM) == 0

    lines = "\n".join(map(json.dumps, events))
    files = ["--export", written("events.ndjson", lines), "--seals", written("seals.json", json.dumps(seals))]
    proofs = [written("proof.json", json.dumps(proved)), written("consistency.json", json.dumps(consistency))]
    status, said = check(*files, "--proof", proofs[0], "--proof", proofs[1])
    assert status == 0, said
    assert f"{account}: {len(events)} events hold, positions 1 to {len(events)}." in said
    assert f"{last} seals hold, 1 to {last}" in said
    assert f"the event {proved['hash']} is under seal {last}" in said
    assert f"the first {proved['log']['length']} events exported are all that seal {last} covers." in said
    assert f"begins with all of that under seal {first['n']}" in said

    def refused(words, *, says: str) -> None:
        status, said = check(*words)
        assert (status, "Traceback" in said) == (1, False), said
        assert says in said

    other = lines.replace('"type": "started"', '"type": "stopped"', 1)
    refused(["--export", written("other.ndjson", other)], says="position 1: type is not what was hashed")
    later = lines.replace(events[2]["recorded_at"], "2026-01-01T00:00:00.000000Z")
    refused(["--export", written("later.ndjson", later)], says="position 3: the event does not have its hash")
    holed = "\n".join(line for n, line in enumerate(lines.splitlines(), 1) if n != 2)
    refused(["--export", written("holed.ndjson", holed)], says="position 2: the event is not there")
    text = json.dumps(proved).replace(proved["path"][0], "00" * 32)
    refused(["--proof", written("path.json", text)], says="its path does not lead to the root")
    text = json.dumps(consistency).replace(consistency["from"]["root"], "00" * 32)
    refused(["--proof", written("root.json", text)], says="its path does not lead to the root")
    text = json.dumps(consistency | {"path": []})
    refused(["--proof", written("short.json", text)], says="too short")
    text = json.dumps(seals).replace(first["signature"], "00" * 64)
    refused(["--seals", written("signature.json", text)], says="seal 1: its signature does not hold")
    text = json.dumps({"seals": [seal for seal in seals["seals"] if seal["n"] != 1]}).replace(
        seals["seals"][-2]["previous_hash"], "00" * 32
    )
    refused(["--seals", written("statement.json", text)], says="seal 2: ")
    public = KEY
    refused(["--seals", tmp_path / "seals.json"], says="which none of the keys given is")
    for option, text, says in (
        ("--proof", "[1]", "no such thing.json cannot be read, or is not what it should be"),
        ("--proof", '{"code":20409,"message":"No seal covers it","status":409}', "thing.json cannot be read, or is"),
        (
            "--proof",
            '{"code":20409,"message":"No seal covers it","status":409}',
            "not what it should be: No seal covers it",
        ),
        ("--export", json.dumps(seals), "it has no canonical"),
        ("--seals", "", "it has no statement"),
    ):
        assert says in (answer := check(option, written("no such thing.json", text)))[1], answer
        assert answer[0] == 2
    assert check("--seals", tmp_path / "none")[0] == check()[0] == 2


@pytest.mark.parametrize("service", [SEALING | {"RECORDKEEPER_SEAL_KEY": KEY}], indirect=True)
def test_seals_are_listed_page_by_page_and_what_is_wrong_is_said(service):
    sid = recorded(service)
    events = f"/v1/Accounts/{service.credentials[0]}/Recordings/{sid}/Events"
    fetch(service, f"{events}/1/Proof")
    fetch(service, f"/v1/Accounts/{service.credentials[0]}/Recordings/{recorded(service)}/Events/2/Proof")
    page = fetch(service, "/v1/Integrity/Seals?PageSize=1")
    newest = page["seals"][0]["n"]
    assert fetch(service, f"/v1/Integrity/Seals/{newest}") == page["seals"][0]
    older = requests.get(page["meta"]["next_page_url"], auth=service.credentials, timeout=10).json()
    assert older["seals"][0]["n"] == newest - 1
    back = requests.get(older["meta"]["previous_page_url"], auth=service.credentials, timeout=10).json()
    assert back["seals"] == page["seals"]
    consistency = f"/v1/Accounts/{service.credentials[0]}/Integrity/Consistency"
    for path, status, says in (
        (f"/v1/Integrity/Seals/{newest + 99}", 404, "was not found"),
        ("/v1/Integrity/Seals/x", 404, "was not found"),
        ("/v1/Integrity/Seals?Typ=1", 400, "Typ: this path takes"),
        ("/v1/Integrity/Seals?PageToken=PAx", 400, "PageToken is not one"),
        (f"{events}/9/Proof", 404, "was not found"),
        (f"{events}/x/Proof", 404, "was not found"),
        (f"{events}/1/Proof?Seal=0", 400, "Seal must be the number of a seal, from 1; it was '0'"),
        (f"{events}/1/Proof?Seal=999", 404, "There is no seal 999"),
        (consistency, 400, "From must be there"),
        (f"{consistency}?From=2&To=1", 400, "To must be From or a later seal"),
        (f"{consistency}?From=999", 404, "There is no seal 999"),
    ):
        answer = requests.get(f"{service.url}{path}", auth=service.credentials, timeout=10)
        assert (answer.status_code, says in answer.json()["message"]) == (status, True), (path, answer.text)


@pytest.mark.parametrize("service", [SEALING | {"RECORDKEEPER_LOG_LEVEL": "warning"}], indirect=True)
def test_verify_holds_files_of_sound_and_seals_that_were_kept_elsewhere(service, tmp_path):
    sid, account = record(service, wav()), service.credentials[0]
    fetch(service, f"/v1/Accounts/{account}/Recordings/{sid}/Events/3/Proof")
    done = service.verb("verify", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert (report["holds"], report["faults"], report["seal_key_known"]) == (True, [], True)
    assert report["checked"].items() >= {"accounts": 1, "recordings": 1, "media": 1, "media_elsewhere": 0}.items()
    file = service.folder / "media" / account / sid / "1.wav"
    sound = bytearray(file.read_bytes())
    sound[100] ^= 1
    file.write_bytes(sound)
    done = service.verb("verify")
    assert (done.returncode, "its file 1.wav does not have the checksum in the log" in done.stdout) == (1, True)
    assert sid in done.stdout
    file.unlink()
    assert "its file 1.wav is missing" in service.verb("verify").stdout
    assert service.verb("verify", "--no-media", "--since-seal", "1").stdout.endswith("Everything holds.\n")
    kept = tmp_path / "kept.json"
    kept.write_text(json.dumps(fetch(service, "/v1/Integrity/Seals")))
    assert service.verb("verify", "--no-media", "--seals", str(kept)).returncode == 0
    kept.write_text(kept.read_text().replace('"n\\":1', '"n\\":7').replace('\\"n\\":', '\\"m\\":'))
    done = service.verb("verify", "--no-media", "--seals", str(kept))
    assert (done.returncode, "not the seal that was kept elsewhere" in done.stdout) == (1, True)
    for words, status, says in (
        (("--since-seal", "999"), 1, "there is no seal 999"),
        (("--seals", str(tmp_path / "none")), 1, "cannot be read"),
        (("--key", "5e"), 2, "'5e' is no public key"),
    ):
        done = service.verb("verify", *words)
        assert (done.returncode, says in done.stderr) == (status, True), done.stderr


@pytest.mark.parametrize("service", [SEALING], indirect=True)
def test_both_verifiers_take_what_the_documented_command_keeps_day_by_day(service, tmp_path):
    kept, account = tmp_path / "seals.ndjson", service.credentials[0]
    (command,) = re.findall(r"^curl .*seals\.ndjson$", (DOCS / "operations.md").read_text(), re.MULTILINE)
    told = os.environ | {"URL": service.url, "SID": account, "TOKEN": service.credentials[1]}
    for day in range(3):
        fetch(service, f"/v1/Accounts/{account}/Recordings/{recorded(service)}/Events/2/Proof")
        if day != 1:
            words = command.replace("/elsewhere/seals.ndjson", str(kept))
            subprocess.run(["sh", "-c", words], env=told, check=True, capture_output=True)
    subprocess.run(["sh", "-c", words], env=told, check=True, capture_output=True)  # nothing came since: the same again
    (public,) = [key["public_key"] for key in fetch(service, "/v1/Integrity/Keys")["keys"]]
    done = service.verb("verify", "--no-media", "--seals", str(kept))
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "Everything holds.")
    words = [sys.executable, VERIFIER, "--key", public, "--seals", kept]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 seals hold, " in done.stdout
    assert "between these are not here" in done.stdout
    kept.write_text(kept.read_text().replace('"accounts":1', '"accounts":2', 1))
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, "it says something else than what was signed" in done.stdout) == (1, True)


@pytest.mark.parametrize("service", [{"RECORDKEEPER_SEALING_KEY": KEY}], indirect=True)
def test_verify_opens_sealed_files_with_their_key_and_counts_them_without(service):
    sid = record(service, wav())
    done = service.verb("verify", "--json")
    assert json.loads(done.stdout)["checked"].items() >= {"media": 0, "media_key_missing": 1}.items()
    assert "1 recording sealed with a key that is not here: not looked at" in service.verb("verify").stdout
    report = json.loads(service.verb("verify", "--json", "--sealing-key", KEY).stdout)
    assert (report["holds"], report["checked"]["media"]) == (True, 1)
    file = service.folder / "media" / service.credentials[0] / sid / "1.wav.sealed"
    sound = bytearray(file.read_bytes())
    sound[100] ^= 1
    file.write_bytes(sound)
    done = service.verb("verify", "--sealing-key", KEY)
    assert (done.returncode, "its file 1.wav is not what was sealed under its name" in done.stdout) == (1, True)
