"""Addresses that a callback must not reach, however they are written."""

import socket
from ipaddress import ip_network

import pytest

from service.callbacks.url_guard import ForbiddenTarget, guarded_socket_factory, is_forbidden

FORBIDDEN = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.1.2.3
127.255.255.255 168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1
192.0.0.170 192.0.0.192 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.1 192.175.48.1 198.18.0.1
198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.254 255.255.255.255
:: ::1 ::2 ::127.0.0.1 ::10.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254
::ffff:8.8.8.8 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b::808:808 64:ff9b:1::1 100::1
100:0:0:1::1 2001::1 2001:0:7f00:1::1 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::1
2002:a00:1::1 2002:a9fe:a9fe::1 2620:4f:8000::1 3fff::1 4000::1 5f00::1 fc00::1 fd00::1 fd00:ec2::254 fe80::1
fe80::1%eth0 febf::1 fec0::1 ff01::1 ff02::1 ff0e::1 ffff::1
"""
PUBLIC = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 168.63.129.17
172.15.255.255 172.32.0.0 192.0.1.1 198.17.255.255 198.20.0.0 223.255.255.255 2606:4700::1111 2a00:1450:4001::1
2400:cb00::1 2001:200::1 2001:4860:4860::8888 2620:fe::fe
"""


@pytest.mark.parametrize("address", FORBIDDEN.split())
def test_forbidden(address):
    assert is_forbidden(address)


@pytest.mark.parametrize("address", PUBLIC.split())
def test_public(address):
    assert not is_forbidden(address)


def test_an_allowed_network_is_exempt_and_no_other():
    allowed = [ip_network("127.0.0.0/8"), ip_network("fd00:1::/32")]
    assert not is_forbidden("127.0.0.1", allowed)
    assert not is_forbidden("fd00:1::1", allowed)
    assert is_forbidden("10.0.0.1", allowed)
    assert is_forbidden("::1", allowed)
    assert is_forbidden("::ffff:127.0.0.1", allowed), "mapped addresses are allowed by their own network only"


def test_no_socket_is_made_for_a_forbidden_address():
    make_socket = guarded_socket_factory([])
    for address in (("127.0.0.1", 80), ("::1", 80, 0, 0), ("fe80::1%2", 80, 0, 2)):
        with pytest.raises(ForbiddenTarget, match="loopback, private or reserved"):
            make_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", address))
    make_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("8.8.8.8", 80))).close()
