"""Which role may do what: the door's own table."""

import pytest
from aiohttp.test_utils import make_mocked_request

from service.api.doors import _allowed

DOCUMENTS = "/2010-04-01/Accounts/AC1/Recordings/RE1/Transcriptions/TR1.json"
SWITCH = "/v1/Accounts/AC1/Recordings/RE1/Transcriptions"
RECORDING = "/v1/Accounts/AC1/Recordings/RE1"
EVENTS = (
    *(f"{RECORDING}/Events", RECORDING, "/v1/Accounts/AC1/Events", "/v1/Accounts/AC1/Events/Stream"),
    "/v1/Accounts/AC1/Analytics/Daily",
)
INTEGRITY = (
    *("/v1/Integrity/Seals/7", "/v1/Integrity/Keys"),
    *("/v1/Accounts/AC1/Integrity/Consistency", f"{RECORDING}/Events/1/Proof"),
)
RULES = [f"/v1/Accounts/AC1/{path}" for path in ("Hold", "Recordings/RE1/Hold", "Retention")]
LINKS = "/v1/Accounts/AC1/Recordings/RE1/Links/LK1"
PICTURE = "/v1/Accounts/AC1/Recordings/RE1/Waveform.svg"
ALL, READS, NONE = ("GET", "POST", "DELETE"), ("GET",), ()
RULED = ("GET", "PUT", "DELETE")


@pytest.mark.parametrize("path", ["", "/RE1/Deliveries", "/DL1/Redeliver"])
@pytest.mark.parametrize(
    ("role", "methods"), [("account", ALL), ("admin", ALL), ("standard", NONE), ("switch", NONE), ("auditor", READS)]
)
def test_deliveries_are_read_by_an_auditor_and_sent_again_by_the_account_alone(path, role, methods):
    room = "Recordings" if path.startswith("/RE1") else "Deliveries"
    asked = [make_mocked_request(method, f"/v1/Accounts/AC1/{room}{path}") for method in ALL]
    assert tuple(one.method for one in asked if _allowed(role, one)) == methods


@pytest.mark.parametrize("path", ["/v1/MediaStream", "/v1/AudioFork", "/v1/AudioFork/record/aws_s3"])
@pytest.mark.parametrize(("role", "may"), [("standard", False), ("switch", True), ("auditor", False), ("admin", True)])
def test_a_stream_is_opened_by_a_switch_alone_although_it_is_a_get(path, role, may):
    assert _allowed(role, make_mocked_request("GET", path)) is may


@pytest.mark.parametrize("path", [LINKS, LINKS.removesuffix("/LK1"), PICTURE, PICTURE.removesuffix(".svg")])
@pytest.mark.parametrize("role", ["account", "admin", "standard", "switch", "auditor"])
def test_a_link_is_made_and_a_picture_seen_by_who_may_hear(role, path):
    may = role in {"account", "admin", "standard"}
    assert {_allowed(role, make_mocked_request(method, path)) for method in ALL} == {may}


@pytest.mark.parametrize("path", INTEGRITY)
@pytest.mark.parametrize(
    ("role", "may"), [("account", ALL), ("admin", ALL), ("standard", READS), ("switch", READS), ("auditor", READS)]
)
def test_what_proves_the_log_is_read_by_every_role(path, role, may):
    assert tuple(method for method in ALL if _allowed(role, make_mocked_request(method, path))) == may


@pytest.mark.parametrize("path", RULES)
@pytest.mark.parametrize(
    ("role", "methods"),
    [("account", RULED), ("admin", RULED), ("standard", NONE), ("switch", NONE), ("auditor", READS)],
)
def test_holds_and_retention_are_for_who_has_all_rights_and_read_by_auditors(role, methods, path):
    assert tuple(method for method in RULED if _allowed(role, make_mocked_request(method, path))) == methods


@pytest.mark.parametrize(
    ("role", "documents", "switch", "events"),
    [
        ("account", ALL, ALL, ALL),
        ("admin", ALL, ALL, ALL),
        ("standard", ALL, NONE, NONE),
        ("switch", NONE, ALL, NONE),
        ("auditor", READS, READS, READS),
    ],
)
def test_each_role_has_its_paths_and_methods(role, documents, switch, events):
    for path, methods in ((DOCUMENTS, documents), (SWITCH, switch), *((path, events) for path in EVENTS)):
        allowed = tuple(method for method in ALL if _allowed(role, make_mocked_request(method, path)))
        assert allowed == methods, path
