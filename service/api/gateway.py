"""Where a request came from, and which scheme and host it was sent to, when a gateway stands in front."""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from aiohttp import web

from service.api.errors import invalid

Network = IPv4Network | IPv6Network
SCHEMES: Final = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
USUAL_PORTS: Final = {"http": "80", "https": "443"}
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
_PORT = re.compile("[1-9][0-9]{0,4}")


def origin(request: web.Request, trusted: Sequence[Network]) -> str:
    """Return `scheme://host[:port]`: as a trusted gateway forwarded it, else as the request itself says.

    Forwarded values that are none are passed over. Raises ApiError when the Host header is no host either.
    """
    by_gateway = is_neighbour(request) or _is_within(request.remote, trusted)
    scheme = (by_gateway and SCHEMES.get(_first(request, "Proto").lower())) or request.scheme
    host = _first(request, "Host") if by_gateway else ""
    if not _HOST.fullmatch(host):
        host = request.host
    port = _first(request, "Port") if by_gateway and ":" not in host.rpartition("]")[2] else ""
    is_port = _PORT.fullmatch(port) and port != USUAL_PORTS[scheme]
    return _origin(scheme, f"{host}:{port}" if is_port else host)


@lru_cache(1024)
def _origin(scheme: str, host: str) -> str:
    if not _HOST.fullmatch(host):
        raise invalid("The Host header must be a host name or address, and a port if any")
    return f"{scheme}://{host}"


def is_neighbour(request: web.Request) -> bool:
    """Say whether another process of this service passed the request on: they meet at sockets, not at addresses."""
    at = request.transport.get_extra_info("sockname") if request.transport else None
    return isinstance(at, str)  # a path; an address is a tuple


def client_address(request: web.Request, trusted: Sequence[Network]) -> str | None:
    """Return the address of the nearest peer that is no trusted gateway: what stands further left may be made up."""
    address = request.remote
    for hop in reversed(",".join(request.headers.getall("X-Forwarded-For", [])).split(",")):
        if not _is_within(address, trusted) or _address(hop.strip()) is None:
            break
        address = hop.strip()
    return address


def _first(request: web.Request, name: str) -> str:
    return request.headers.get(f"X-Forwarded-{name}", "").partition(",")[0].strip(" \t")


def _is_within(text: str | None, networks: Sequence[Network]) -> bool:
    address = _address(text or "") if networks else None
    return address is not None and any(address in network for network in networks)


@lru_cache(4096)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
