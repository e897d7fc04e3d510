"""Keeps callbacks from reaching what only this host or its network may reach.

The check is made where a socket is about to be connected, on its address: what a name said when it was looked at
earlier, how an address was spelled in the URL, and where a redirect led make no difference.
"""

import errno
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

from aiohttp import AddrInfoType, SocketFactoryType

Network = IPv4Network | IPv6Network

FORBIDDEN_IPV4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network (RFC 791): reaches the host itself
        "10.0.0.0/8",  # private (RFC 1918)
        "100.64.0.0/10",  # carrier-grade NAT (RFC 6598); Alibaba's metadata service
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's platform service, in a public network
        "169.254.0.0/16",  # link-local; metadata services of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments (RFC 6890); Oracle's metadata service
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112 (RFC 7535)
        "192.52.193.0/24",  # AMT relays (RFC 7450)
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112 (RFC 7534)
        "198.18.0.0/15",  # benchmarking (RFC 2544)
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
UNICAST_IPV6 = IPv6Network("2000::/3")
"""All that is routed. Outside: loopback, mapped and compatible IPv4, NAT64, ULA, link-local, site-local, multicast."""
FORBIDDEN_IPV6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments (RFC 2928): Teredo, benchmarking, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation (RFC 9637)
    )
)


class ForbiddenTarget(OSError):  # noqa: N818 - it is the target that is at fault
    """An address that callbacks must not reach."""

    def __init__(self) -> None:
        super().__init__(errno.EACCES, "forbidden")

    def __str__(self) -> str:
        return "the address is loopback, private or reserved"


def is_forbidden(address: str, allowed: Sequence[Network] = ()) -> bool:
    """Whether a callback must not connect to `address`; `allowed` networks are exempt."""
    ip = ip_address(address)
    if any(ip in network for network in allowed):
        return False
    match ip:
        case IPv4Address():
            return any(ip in network for network in FORBIDDEN_IPV4)
        case IPv6Address():
            return ip not in UNICAST_IPV6 or any(ip in network for network in FORBIDDEN_IPV6)


def guarded_socket_factory(allowed: Sequence[Network]) -> SocketFactoryType:
    """Return what makes sockets for aiohttp's connector, and raises ForbiddenTarget instead of one."""

    def make_socket(info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        if is_forbidden(_host_of(address), allowed):
            raise ForbiddenTarget
        return socket.socket(family, kind, protocol)

    return make_socket


def _host_of(address: tuple[Any, ...]) -> str:
    host: str = address[0]
    return host.partition("%")[0]
