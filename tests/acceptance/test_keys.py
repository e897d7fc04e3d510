"""API keys made on the command line, and what each role may do."""

import json
import time

import requests

CALL = "CA" + "2" * 32


def make_key(service, role: str) -> tuple[str, str]:
    made = service.verb("keys", "create", "--account", service.credentials[0], "--role", role, "--json")
    key = json.loads(made.stdout)
    assert set(key) == {"sid", "secret", "account_sid", "role", "date_created"}
    return key["sid"], key["secret"]


def test_each_role_opens_its_own_doors(service):
    account = service.credentials[0]
    call = f"{service.url}/v1/Accounts/{account}/Calls/{CALL}"
    recordings = f"{service.url}/2010-04-01/Accounts/{account}/Calls/{CALL}/Recordings.json"
    keys = {role: make_key(service, role) for role in ("switch", "standard", "auditor", "admin")}

    def status(role: str, method: str, url: str, **body) -> int:
        return requests.request(method, url, auth=keys[role], timeout=10, **body).status_code

    announced = [status(role, "PUT", call, json={"status": "in-progress"}) for role in keys]
    assert announced == [201, 403, 403, 200]
    assert [status(role, "POST", recordings) for role in keys] == [403, 201, 403, 201]
    assert [status(role, "GET", recordings) for role in keys] == [403, 200, 200, 200]
    assert requests.get(f"{service.url}/2010-04-01/Accounts.json", auth=keys["standard"], timeout=10).json()[
        "accounts"
    ][0]["subresource_uris"]["recordings"] == (f"/2010-04-01/Accounts/{account}/Recordings.json")
    assert service.verb("keys", "revoke", keys["standard"][0]).returncode == 0
    deadline = time.monotonic() + 10
    while status("standard", "GET", recordings) != 401:
        assert time.monotonic() < deadline
        time.sleep(0.2)
