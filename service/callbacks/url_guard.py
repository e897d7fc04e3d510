"""Keeps callbacks from reaching what only this host or its network may reach.

The check is made where a socket is about to be connected, on its address: what a name said when it was looked at
earlier, how an address was spelled in the URL, and where a redirect led make no difference.

The networks are those of IANA's special-purpose registries (RFC 6890), with multicast and the clouds' own services.
"""

import errno
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp import AddrInfoType, SocketFactoryType

from service.callbacks.ports import Ports

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
IPV4_BEHIND = tuple(
    IPv6Network(network)
    for network in (
        "::/96",  # compatible (RFC 4291)
        "::ffff:0:0/96",  # mapped: the system connects to the IPv4 address
        "::ffff:0:0:0/96",  # translated (RFC 2765)
        "64:ff9b::/96",  # NAT64 (RFC 6052)
        "64:ff9b:1::/48",  # NAT64 within one network (RFC 8215), as far as it is cut at /96
    )
)
"""IPv6 networks whose last 32 bits are an IPv4 address."""
ISATAP = frozenset({0x00005EFE, 0x02005EFE})
"""The third quarter of an IPv6 address, in any network, that has an IPv4 address behind it (RFC 5214)."""
NOT_COMPATIBLE = frozenset({IPv6Address("::"), IPv6Address("::1")})


_NOT_PUBLIC = "the address is loopback, private or reserved, and not in RECORDKEEPER_CALLBACK_ALLOWED_NETWORKS"


class ForbiddenTarget(OSError):  # noqa: N818 - it is the target that is at fault
    """An address or port that callbacks must not reach; says why, and never which address a name stands for."""

    def __init__(self, why: str = _NOT_PUBLIC) -> None:
        super().__init__(errno.EACCES, why)

    def __str__(self) -> str:
        return str(self.strerror)


def is_forbidden(address: str, allowed: Sequence[Network] = ()) -> bool:
    """Whether a callback must not connect to `address`; `allowed` networks are exempt.

    An IPv6 address with an IPv4 one inside is exempt only when both are: `10.0.0.0/8` opens no `::ffff:10.0.0.1`, and
    `64:ff9b::/96`, allowed for the sake of NAT64, opens no `64:ff9b::10.0.0.1`. What is no address is forbidden.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return True
    if any(ip in network for network in allowed):
        inside = _ipv4_inside(ip)
        return inside is not None and is_forbidden(str(inside), allowed)
    match ip:
        case IPv4Address():
            return any(ip in network for network in FORBIDDEN_IPV4)
        case IPv6Address():
            is_routed = ip in UNICAST_IPV6 and not any(ip in network for network in FORBIDDEN_IPV6)
            return not is_routed or _is_isatap(ip)


def guarded_socket_factory(allowed: Sequence[Network], ports: Sequence[Ports] = ()) -> SocketFactoryType:
    """Return what makes sockets for aiohttp's connector, and raises ForbiddenTarget instead of one.

    No `ports`: every port is allowed.
    """

    def make_socket(info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, (host, port, *_) = info
        if ports and not any(port in each for each in ports):
            raise ForbiddenTarget(f"port {port} is not one that callbacks may use here")
        if is_forbidden(str(host), allowed):
            raise ForbiddenTarget
        return socket.socket(family, kind, protocol)

    return make_socket


def _ipv4_inside(ip: IPv4Address | IPv6Address) -> IPv4Address | None:
    if isinstance(ip, IPv4Address) or ip in NOT_COMPATIBLE:
        return None
    if ip.sixtofour:
        return ip.sixtofour
    if ip.teredo:
        return ip.teredo[1]
    is_behind = _is_isatap(ip) or any(ip in network for network in IPV4_BEHIND)
    return IPv4Address(int(ip) & 0xFFFF_FFFF) if is_behind else None


def _is_isatap(ip: IPv6Address) -> bool:
    return int(ip) >> 32 & 0xFFFF_FFFF in ISATAP
