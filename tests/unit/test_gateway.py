"""Which scheme, host and address count when a gateway stands in front, and whose word is taken for it."""

from ipaddress import ip_network
from unittest.mock import Mock

import pytest
from aiohttp.test_utils import make_mocked_request

from service.api.errors import ApiError
from service.api.gateway import client_address, origin

TRUSTED = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


def request(peer: str = "10.1.2.3", host: str = "inside:8080", **forwarded: str):
    transport = Mock()
    transport.get_extra_info = lambda name, default=None: (peer, 5) if name == "peername" else default
    headers = {"Host": host} | {f"X-Forwarded-{name}": value for name, value in forwarded.items()}
    return make_mocked_request("GET", "/", headers=headers, transport=transport)


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ({}, "http://inside:8080"),
        ({"Proto": "https"}, "https://inside:8080"),
        ({"Proto": "HTTPS", "Host": "api.example.com"}, "https://api.example.com"),
        ({"Proto": "wss", "Host": "api.example.com"}, "https://api.example.com"),
        ({"Proto": "https, http", "Host": "api.example.com , inner"}, "https://api.example.com"),
        ({"Proto": "https", "Host": "api.example.com:8443", "Port": "443"}, "https://api.example.com:8443"),
        ({"Proto": "https", "Host": "api.example.com", "Port": "443"}, "https://api.example.com"),
        ({"Proto": "https", "Host": "api.example.com", "Port": "8443,80"}, "https://api.example.com:8443"),
        ({"Host": "[2001:db8::1]", "Port": "81"}, "http://[2001:db8::1]:81"),
        ({"Proto": "javascript", "Host": "evil.com/path"}, "http://inside:8080"),
        ({"Proto": "https://", "Host": "a b"}, "http://inside:8080"),
        ({"Proto": "", "Host": "evil.com\x01"}, "http://inside:8080"),
        ({"Host": "evil.com\x0b"}, "http://inside:8080"),
        ({"Host": "user@evil.com"}, "http://inside:8080"),
        ({"Host": "evil.com?x"}, "http://inside:8080"),
        ({"Host": "evil.com#x"}, "http://inside:8080"),
        ({"Host": "evil.com:port"}, "http://inside:8080"),
        ({"Host": "żółć.example"}, "http://inside:8080"),
        ({"Host": "api.example.com", "Port": "0"}, "http://api.example.com"),
        ({"Host": "api.example.com", "Port": "٨٠"}, "http://api.example.com"),
        ({"Host": ""}, "http://inside:8080"),
    ],
    ids=str,
)
def test_a_trusted_gateway_is_believed_as_far_as_it_makes_sense(forwarded, expected):
    assert origin(request(**forwarded), TRUSTED) == expected


@pytest.mark.parametrize(
    ("peer", "believed"),
    [
        ("10.255.255.255", True),
        ("::ffff:10.0.0.1", True),
        ("fd00::1", True),
        ("fe80::1%eth0", False),
        ("11.0.0.1", False),
        ("::ffff:11.0.0.1", False),
        ("", False),
    ],
)
def test_only_trusted_peers_are_believed(peer, believed):
    asked = request(peer, Proto="https", Host="api.example.com")
    assert origin(asked, TRUSTED) == ("https://api.example.com" if believed else "http://inside:8080")
    assert origin(asked, []) == "http://inside:8080"


def test_a_host_header_that_is_none_is_refused():
    with pytest.raises(ApiError, match="Host header must be"):
        origin(request(host="evil.com/path"), [])
    assert origin(request(host="evil.com/path", Host="api.example.com"), TRUSTED) == "http://api.example.com"


@pytest.mark.parametrize(
    ("peer", "hops", "expected"),
    [
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "made-up, 198.51.100.7, 10.0.0.9", "198.51.100.7"),
        ("10.0.0.1", "192.0.2.1, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "made-up", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("198.51.100.7", "192.0.2.1", "198.51.100.7"),
    ],
)
def test_the_client_is_the_nearest_peer_that_is_no_gateway(peer, hops, expected):
    assert client_address(request(peer, For=hops), TRUSTED) == expected
