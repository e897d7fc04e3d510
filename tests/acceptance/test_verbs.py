"""The verbs beside the service: what a program reads from them, and their exit statuses."""

import json
import os
import subprocess
import sys
import time

import pytest
import requests

from service import __version__
from service.postgres.migrate import migrations

AC = "AC" + "5" * 32


def recordkeeper(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "service", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | environment)


def answer(service, *words: str) -> list[dict]:
    done = service.verb(*words, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


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
    table = service.verb("accounts", "list").stdout.splitlines()
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
    assert answer(service, "migrate", "--status")[-1]["state"] == "applied"
    assert len(answer(service, "migrate")) == len(migrations())
    assert answer(service, "verify") == [{"holds": True, "faults": []}]
    for name, done in zip(("recordings", "usage"), answer(service, "rebuild", "all", "--verify"), strict=True):
        assert done.pop("seconds") > 0
        assert done == {"projection": name, "events": 0, "resumed": False, "differing": []}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("accounts", "create", "--sid", "AC1"), "'AC1' is not AC and 32 hex digits"),
        (("accounts", "rotate-token", "x"), "'x' is not AC and 32 hex digits"),
        (("keys", "create", "--account", AC, "--role", "boss"), "'boss' is not one of"),
        (("events", "CA1"), "'CA1' is not RE and 32 hex digits"),
        (("rebuild", "deliveries"), "'deliveries' is not"),
        (("serve", "--port", "abc"), "--port cannot be 'abc': it should be a valid integer"),
        (("nothing",), "No such command 'nothing'"),
    ],
    ids=str,
)
def test_wrong_use_is_exit_status_2(words, sentence):
    done = recordkeeper(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words", [("serve",), ("settings",), ("accounts", "list"), ("events", "RE" + "1" * 32), ("migrate",)], ids=str
)
def test_a_wrong_variable_is_one_sentence_from_every_verb(words):
    done = recordkeeper(*words, RECORDKEEPER_PORT="abc")
    wanted = "RECORDKEEPER_PORT cannot be 'abc': it should be a valid integer, unable to parse string as an integer"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"Error: {wanted}\n")


@pytest.mark.parametrize("url", ["postgresql://u:hunter2@127.0.0.1:1/x", "postgresql://u:hunter2@127.0.0.1:abc/x"])
def test_a_database_that_cannot_be_used_is_one_sentence(url):
    done = recordkeeper("accounts", "list", "--database-url", url)
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


def test_help_is_instant_and_the_version_is_told():
    lean = (
        "import sys, service.cli; print([name for name in ('pydantic', 'aiohttp', 'asyncpg') if name in sys.modules])"
    )
    imported = subprocess.run([sys.executable, "-c", lean], capture_output=True, text=True, check=True)
    assert imported.stdout == "[]\n"
    assert recordkeeper("--version").stdout == f"recordkeeper, version {__version__}\n"


@pytest.mark.parametrize(
    "words",
    [["accounts", "list"], ["keys", "list"], ["verify"], ["events", "RE" + "0" * 32], ["rebuild", "recordings"]],
)
def test_a_verb_that_only_looks_makes_no_database(tmp_path, words):
    folder = tmp_path / "var"
    command = [sys.executable, "-m", "service", *words, "--data-dir", folder]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"there is no database in {folder}, and `recordkeeper serve` makes one there" in refused.stderr
    assert not folder.exists()
