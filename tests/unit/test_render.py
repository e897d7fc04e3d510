"""One set of fields in JSON and XML, and where which is asked for."""

from xml.etree import ElementTree as ET

import orjson
import pytest
from aiohttp.test_utils import make_mocked_request

from service.api.render import respond

ACCOUNT = "/2010-04-01/Accounts/AC1"
DOCUMENT = {
    "sid": "RE1",
    "error_code": None,
    "channels": 2,
    "message": "a < b & \x1b\ud800ż",
    "uri": f"{ACCOUNT}/Recordings/RE1.json",
    "subresource_uris": {"add_on_results": f"{ACCOUNT}/Recordings/RE1/AddOnResults.json"},
}


def xml(path, element, fields):
    response = respond(make_mocked_request("GET", path), element, fields)
    assert response.content_type == "application/xml"
    assert response.body.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<TwilioResponse>")
    (found,) = ET.fromstring(response.body)  # noqa: S314 - our own answer
    return found


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        (f"{ACCOUNT}/Recordings.json", "application/json"),
        (f"{ACCOUNT}/Recordings.xml", "application/xml"),
        (f"{ACCOUNT}/Recordings", "application/xml"),
        ("/v1/Accounts/AC1/Calls/CA1", "application/json"),
    ],
)
def test_the_path_says_which_format_is_wanted(path, content_type):
    response = respond(make_mocked_request("GET", path), "Call", {"sid": "CA1"}, 201)
    assert (response.content_type, response.status) == (content_type, 201)
    assert response.body.endswith(b"\n")
    if content_type == "application/json":
        assert orjson.loads(response.body) == {"sid": "CA1"}


def test_a_document_in_xml_drops_extensions_and_what_xml_cannot_hold():
    recording = xml(f"{ACCOUNT}/Recordings/RE1.xml", "Recording", DOCUMENT)
    assert [element.tag for element in recording] == [
        "Sid",
        "ErrorCode",
        "Channels",
        "Message",
        "Uri",
        "SubresourceUris",
    ]
    assert recording.findtext("Message") == "a < b & ż"
    assert recording.findtext("Uri") == f"{ACCOUNT}/Recordings/RE1"
    assert recording.findtext("SubresourceUris/AddOnResults") == f"{ACCOUNT}/Recordings/RE1/AddOnResults"
    assert recording.find("ErrorCode").text is None


def test_a_list_in_xml_says_of_its_page_in_attributes():
    body = {"end": 0, "next_page_uri": None, "page_size": 50, "recordings": [{"sid": "RE1"}, {"sid": "RE2"}]}
    listed = xml(f"{ACCOUNT}/Recordings", "Recordings", body)
    assert (listed.tag, listed.attrib) == ("Recordings", {"end": "0", "nextpageuri": "", "pagesize": "50"})
    assert [(row.tag, row.findtext("Sid")) for row in listed] == [("Recording", "RE1"), ("Recording", "RE2")]
