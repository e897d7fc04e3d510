"""The verbs beside the service: what a program reads from them, and their exit statuses."""

import base64
import json
import os
import subprocess
import sys
import time

import pytest
import requests

from listener import CALL, own_api
from running import alone, verb
from service import __version__
from service.postgres.migrate import migrations

AC = "AC" + "5" * 32


def recordkeeper(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a verb in its own process."""
    command = [sys.executable, "-m", "service", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | environment)


def answer(service, *words: str) -> list[dict]:
    done = service.verb(*words, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


@alone
def test_accounts_and_keys_are_made_listed_rotated_and_revoked(service):
    (made,) = answer(service, "accounts", "create", "--sid", AC, "--auth-token", "old", "--friendly-name", "[b]Żółć")
    assert {"sid": AC, "auth_token": "old", "friendly_name": "[b]Żółć"}.items() <= made.items()
    assert set(made) == {"sid", "auth_token", "friendly_name", "date_created"}
    url = f"{service.url}/2010-04-01/Accounts/{AC}/Recordings.json"
    assert requests.get(url, auth=(AC, "old"), timeout=10).status_code == 200
    (rotated,) = answer(service, "accounts", "rotate-token", AC)
    assert rotated == made | {"auth_token": rotated["auth_token"]}
    assert requests.get(url, auth=(AC, rotated["auth_token"]), timeout=10).status_code == 200
    deadline = time.monotonic() + 10
    while requests.get(url, auth=(AC, "old"), timeout=10).status_code != 401:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert [account["sid"] for account in answer(service, "accounts", "list")] == [service.credentials[0], AC]
    table = service.command("accounts", "list").stdout.splitlines()
    assert table[0].split() == ["SID", "Friendly", "name", "Date", "created"]
    assert table[3].startswith(f"{AC}   [b]Żółć")
    (key,) = answer(service, "keys", "create", "--account", AC, "--role", "auditor")
    assert answer(service, "keys", "revoke", key["sid"]) == [{"sid": key["sid"], "revoked": True}]
    (listed,) = answer(service, "keys", "list", "--account", AC)
    assert (listed["sid"], listed["role"], "secret" in listed) == (key["sid"], "auditor", False)
    assert listed["revoked_at"] is not None
    for words in (("keys", "revoke", key["sid"]), ("accounts", "rotate-token", "AC" + "9" * 32)):
        assert service.verb(*words).returncode == 1
    assert "already" in service.verb("accounts", "create", "--sid", AC).stderr
    none = service.verb("holds", "list")
    assert (none.returncode, none.stdout, none.stderr) == (0, "", "None found.\n")
    assert answer(service, "migrate", "--status")[-1]["state"] == "applied"
    assert len(answer(service, "migrate")) == len(migrations())
    (report,) = answer(service, "verify")
    assert (report["holds"], report["faults"], report["checked"]["events"]) == (True, [], 0)
    *done, policies = answer(service, "rebuild", "all", "--verify")
    for name, rebuilt in zip(("recordings", "usage"), done, strict=True):
        assert rebuilt.pop("seconds") > 0
        assert rebuilt == {"projection": name, "events": 0, "resumed": False, "differing": []}
    assert policies == {"projection": "policies", "repaired": 0, "differing": []}


def test_how_an_account_is_called_back_is_shown_and_set(service):
    sid = service.credentials[0]
    shown = {"sid": sid, "retries": "own", "fallback_url": None, "webhook_secret": None}
    assert answer(service, "accounts", "callbacks", sid) == [shown]
    words = ("--retries", "twilio", "--fallback-url", "https://u:hunter2@example.com/", "--webhook-secret", "new")
    (made,) = answer(service, "accounts", "callbacks", sid, *words)
    assert (made["retries"], made["fallback_url"]) == ("twilio", "https://u:***@example.com/")
    assert len(base64.b64decode(made["webhook_secret"].removeprefix("whsec_"), validate=True)) == 32
    assert answer(service, "accounts", "callbacks", sid) == [made | {"webhook_secret": "whsec_***"}]
    words = ("--retries", "own", "--fallback-url", "none", "--webhook-secret", "none")
    assert answer(service, "accounts", "callbacks", sid, *words) == [shown]
    assert "there is no account" in service.verb("accounts", "callbacks", AC).stderr


@alone
def test_callbacks_of_a_period_are_listed_and_sent_again(service):
    own_api(service, "PUT", f"/Calls/{CALL}", json={"status": "in-progress"})
    asked = {"recording_status_callback": "http://10.0.0.1/", "recording_status_callback_event": ["in-progress"]}
    sids = [own_api(service, "POST", f"/Calls/{CALL}/Recordings", json=asked).json()["sid"] for _ in range(3)]
    deadline = time.monotonic() + 20
    while len(found := answer(service, "deliveries", "list", "--status", "discarded", "--since", "1h")) < 3:
        assert time.monotonic() < deadline
    assert [one["recording_sid"] for one in found] == sids[::-1]
    assert {"account_sid": service.credentials[0], "host": "10.0.0.1:80"}.items() <= found[0].items()
    (one,) = answer(service, "deliveries", "list", "--recording", sids[0], "--event", "in-progress")
    assert one["recording_sid"] == sids[0]
    heads, *_, last = service.verb("deliveries", "list", "--limit", "1").stdout.splitlines()
    assert heads.split() == ["Time", "Event", "Recording", "Delivery", "Host", "Status", "Attempts", "Last", "error"]
    assert f"in-progress   {sids[2]}" in last
    done = service.verb("deliveries", "redeliver", "--since", "1h", "--status", "discarded")
    assert (done.returncode, done.stdout.splitlines()[:2]) == (0, ["0 of 3 redelivered", "3 of 3 redelivered"])
    (none,) = answer(service, "deliveries", "redeliver", "--since", "1h")
    assert none == {"status": "failed", "found": 0, "redelivered": 0}
    assert "there is no delivery" in service.verb("deliveries", "redeliver", "DL" + "0" * 32).stderr
    while {len(one["attempts"]) for one in answer(service, "deliveries", "list")} != {2}:
        assert time.monotonic() < deadline + 20


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("accounts", "create", "--sid", "AC1"), "'AC1' is not AC and 32 hex digits"),
        (("accounts", "rotate-token", "x"), "'x' is not AC and 32 hex digits"),
        (("keys", "create", "--account", AC, "--role", "boss"), "'boss' is not one of"),
        (("events", "CA1"), "'CA1' is not RE and 32 hex digits"),
        (("rebuild", "deliveries"), "'deliveries' is not"),
        (("deliveries", "redeliver"), "say which: the SID of one delivery, or --since"),
        (("deliveries", "redeliver", "DL" + "1" * 32, "--since", "1h"), "one delivery takes no other option"),
        (("deliveries", "redeliver", "DL1"), "'DL1' is not DL and 32 hex digits"),
        (("deliveries", "redeliver", "--since", "soon"), "'soon' is neither a time in ISO 8601"),
        (("deliveries", "redeliver", "--since", "24h", "--status", "delivered"), "'delivered' is not one of"),
        (("events", "--since", "tomorrow"), "'tomorrow' is neither a time in ISO 8601"),
        (("export", "usage", "--to", "x", "--until", "9999-12-31T23:00"), "nor how long ago, as 90m, 24h or 7d"),
        (("export", "recordings", "--to", "x", "--since", "0001-01-01T00:00:00+05:00"), "in ISO 8601 from 1970 on"),
        (("deliveries", "list", "--limit", "0"), "0 is not in the range"),
        (("accounts", "callbacks", AC, "--fallback-url", "ftp://h"), "--fallback-url: it must be an absolute http"),
        (("accounts", "callbacks", AC, "--webhook-secret", "whsec_x"), "--webhook-secret: it must be whsec_"),
        (("accounts", "callbacks", AC, "--webhook-secret", "whsec_é"), "--webhook-secret: it must be whsec_"),
        (("accounts", "callbacks", AC, "--retries", "never"), "'never' is not one of"),
        (("serve", "--port", "abc"), "--port cannot be 'abc': it should be a valid integer"),
        (("nothing",), "No such command 'nothing'"),
    ],
    ids=str,
)
def test_wrong_use_is_exit_status_2(words, sentence):
    done = verb(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words", [("serve",), ("settings",), ("accounts", "list"), ("events", "RE" + "1" * 32), ("migrate",)], ids=str
)
def test_a_wrong_variable_is_one_sentence_from_every_verb(words):
    done = verb(*words, RECORDKEEPER_PORT="abc")
    wanted = "RECORDKEEPER_PORT cannot be 'abc': it should be a valid integer, unable to parse string as an integer"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"Error: {wanted}\n")


@pytest.mark.parametrize("url", ["postgresql://u:hunter2@127.0.0.1:1/x", "postgresql://u:hunter2@127.0.0.1:abc/x"])
def test_a_database_that_cannot_be_used_is_one_sentence(url):
    done = verb("accounts", "list", "--database-url", url)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: the database of --database-url cannot be used: ")
    assert done.stderr.count("\n") == 1
    assert "hunter2" not in done.stderr


def test_settings_are_listed_with_their_sources_and_without_secrets():
    url = "postgresql://u:hunter2@h/db"
    done = recordkeeper("settings", "--json", "--port", "81", RECORDKEEPER_DATABASE_URL=url)
    found = {line["setting"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert (found["port"]["value"], found["port"]["source"]) == (81, "flag --port")
    assert found["database_url"]["value"] == "postgresql://u:***@h/db"
    assert found["database_url"]["source"] == "environment RECORDKEEPER_DATABASE_URL"
    assert "hunter2" not in recordkeeper("settings", RECORDKEEPER_DATABASE_URL=url).stdout


def test_a_variable_that_is_no_setting_is_warned_of():
    listed = recordkeeper("settings", RECORDKEEPER_PROT="81")
    assert listed.returncode == 0
    assert "Warning: RECORDKEEPER_PROT is no setting; did you mean RECORDKEEPER_PORT?\n" in listed.stderr
    assert "As this shell would start it" in listed.stderr
    served = recordkeeper("serve", "--transcription-model", "/none", RECORDKEEPER_PROT="81")
    logged, refused = served.stderr.splitlines()
    assert (served.returncode, refused.startswith("Error: ")) == (1, True)
    assert json.loads(logged).items() >= {"event": "setting.unknown", "variable": "RECORDKEEPER_PROT"}.items()


def test_help_is_instant_and_the_version_is_told():
    lean = (
        "import sys, service.cli; print([name for name in ('pydantic', 'aiohttp', 'asyncpg') if name in sys.modules])"
    )
    imported = subprocess.run([sys.executable, "-c", lean], capture_output=True, text=True, check=True)
    assert imported.stdout == "[]\n"
    assert recordkeeper("--version").stdout == f"recordkeeper, version {__version__}\n"


@pytest.mark.parametrize(
    "words",
    [
        ["accounts", "list"],
        ["keys", "list"],
        ["deliveries", "list"],
        ["verify"],
        ["events", "RE" + "0" * 32],
        ["rebuild", "recordings"],
    ],
)
def test_a_verb_that_only_looks_makes_no_database(tmp_path, words):
    folder = tmp_path / "var"
    refused = verb(*words, "--data-dir", folder)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"there is no database in {folder}, and `recordkeeper serve` makes one there" in refused.stderr
    assert not folder.exists()
