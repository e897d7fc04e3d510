"""Addresses that a callback must not reach, however they are written."""

import socket
from ipaddress import ip_network

import pytest

from service.callbacks.ports import Ports
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
fe80::1%eth0 febf::1 fec0::1 ff01::1 ff02::1 ff0e::1 ffff::1 fd20:ce::254 ::ffff:0:10.0.0.1 64:ff9b:1::a00:1
2606:4700::5efe:10.0.0.1 2606:4700::200:5efe:808:808 2130706433 127.1 0x7f.0.0.1 127.0.0.1. localhost
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


@pytest.mark.parametrize(
    ("network", "inside"),
    [
        ("::/96", "::10.0.0.1"),
        ("::ffff:0:0/96", "::ffff:10.0.0.1"),
        ("::ffff:0:0:0/96", "::ffff:0:10.0.0.1"),
        ("64:ff9b::/96", "64:ff9b::10.0.0.1"),
        ("64:ff9b:1::/48", "64:ff9b:1::10.0.0.1"),
        ("2002::/16", "2002:a00:1::1"),
        ("2001::/32", "2001:0:4136:e378:8000:63bf:f5ff:fffe"),
        ("2606:4700::/32", "2606:4700::5efe:10.0.0.1"),
    ],
)
def test_an_ipv4_address_inside_an_ipv6_one_takes_both_to_be_allowed(network, inside):
    assert is_forbidden(inside, [ip_network("10.0.0.0/8")])
    assert is_forbidden(inside, [ip_network(network)])
    assert not is_forbidden(inside, [ip_network(network), ip_network("10.0.0.0/8")])


def test_nat64_can_be_allowed_for_public_receivers_and_loopback_be_allowed_in_ipv6():
    assert not is_forbidden("64:ff9b::8.8.8.8", [ip_network("64:ff9b::/96")])
    assert not is_forbidden("::1", [ip_network("::1/128")])


def test_a_port_that_is_not_allowed_gets_no_socket():
    make_socket = guarded_socket_factory([], [Ports(443, 443), Ports(8000, 8999)])
    with pytest.raises(ForbiddenTarget, match="port 25 is not one that callbacks may use here"):
        make_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("8.8.8.8", 25)))
    make_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("8.8.8.8", 8999))).close()


def test_no_socket_is_made_for_a_forbidden_address():
    make_socket = guarded_socket_factory([])
    for address in (("127.0.0.1", 80), ("::1", 80, 0, 0), ("fe80::1%2", 80, 0, 2)):
        with pytest.raises(ForbiddenTarget, match="loopback, private or reserved"):
            make_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", address))
    make_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("8.8.8.8", 80))).close()
