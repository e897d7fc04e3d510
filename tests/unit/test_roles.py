"""Which role may do what: the door's own table."""

import pytest
from aiohttp.test_utils import make_mocked_request

from service.api.doors import _allowed

DOCUMENTS = "/2010-04-01/Accounts/AC1/Recordings/RE1/Transcriptions/TR1.json"
SWITCH = "/v1/Accounts/AC1/Recordings/RE1/Transcriptions"
EVENTS = "/v1/Accounts/AC1/Recordings/RE1/Events"
ANALYTICS = "/v1/Accounts/AC1/Analytics/Daily"
LINKS = "/v1/Accounts/AC1/Recordings/RE1/Links/LK1"
PICTURE = "/v1/Accounts/AC1/Recordings/RE1/Waveform.svg"
ALL, READS, NONE = ("GET", "POST", "DELETE"), ("GET",), ()


@pytest.mark.parametrize("path", ["/v1/MediaStream", "/v1/AudioFork", "/v1/AudioFork/record/aws_s3"])
@pytest.mark.parametrize(("role", "may"), [("standard", False), ("switch", True), ("auditor", False), ("admin", True)])
def test_a_stream_is_opened_by_a_switch_alone_although_it_is_a_get(path, role, may):
    assert _allowed(role, make_mocked_request("GET", path)) is may


@pytest.mark.parametrize("path", [LINKS, LINKS.removesuffix("/LK1"), PICTURE, PICTURE.removesuffix(".svg")])
@pytest.mark.parametrize("role", ["account", "admin", "standard", "switch", "auditor"])
def test_a_link_is_made_and_a_picture_seen_by_who_may_hear(role, path):
    may = role in {"account", "admin", "standard"}
    assert {_allowed(role, make_mocked_request(method, path)) for method in ALL} == {may}


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
    for path, methods in ((DOCUMENTS, documents), (SWITCH, switch), (EVENTS, events), (ANALYTICS, events)):
        allowed = tuple(method for method in ALL if _allowed(role, make_mocked_request(method, path)))
        assert allowed == methods, path
