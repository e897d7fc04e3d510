"""Which role may do what: the door's own table."""

import pytest
from aiohttp.test_utils import make_mocked_request

from service.api.doors import _allowed

DOCUMENTS = "/2010-04-01/Accounts/AC1/Recordings/RE1/Transcriptions/TR1.json"
SWITCH = "/v1/Accounts/AC1/Recordings/RE1/Transcriptions"
EVENTS = "/v1/Accounts/AC1/Recordings/RE1/Events"
ALL, READS, NONE = ("GET", "POST", "DELETE"), ("GET",), ()


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
    for path, methods in ((DOCUMENTS, documents), (SWITCH, switch), (EVENTS, events)):
        allowed = tuple(method for method in ALL if _allowed(role, make_mocked_request(method, path)))
        assert allowed == methods, path
