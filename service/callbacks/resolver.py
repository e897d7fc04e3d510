"""Names into addresses for callbacks: nothing that hangs at one name is in the way of another.

c-ares asks the name servers itself, from the event loop: a name that is not answered costs a few hundred bytes, where
`getaddrinfo` costs a thread that nobody can take back. It goes by /etc/hosts and /etc/resolv.conf.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from weakref import WeakValueDictionary

import aiodns
from aiohttp.abc import AbstractResolver, ResolveResult

from service.callbacks.url_guard import ForbiddenTarget

MOST_SECONDS = 5.0
MOST_QUERIES = 256
MOST_OF_A_DOMAIN = 64
"""Names that end in the same two labels are likely one party's."""
FIRST_TRY_SECONDS = 1.0
TRIES = 3
FAILURE_SECONDS = 1.0
"""For how long a name that failed is not asked for again."""


class BoundedResolver(AbstractResolver):
    """All who wait for a name share one query.

    Of a name's addresses those that `permits` refuses are left out when others remain. It is no guard: connections are
    checked where they are made. `nameservers` (`host:port`) take the place of those in /etc/resolv.conf.
    """

    def __init__(
        self,
        *,
        permits: Callable[[str], bool] = lambda _: True,
        nameservers: Sequence[str] = (),
        failure_seconds: float = FAILURE_SECONDS,
    ) -> None:
        self._dns = aiodns.DNSResolver(nameservers=nameservers, timeout=FIRST_TRY_SECONDS, tries=TRIES)
        self._permits = permits
        self._failure_seconds = failure_seconds
        self._queries = asyncio.Semaphore(MOST_QUERIES)
        self._domains = WeakValueDictionary[str, asyncio.Semaphore]()
        self._lookups: dict[str, asyncio.Task[list[str]]] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Raise OSError when there is no address within seconds, ForbiddenTarget when `host` cannot be a name."""
        if _ends_in_a_number(host):
            raise ForbiddenTarget("the host is a number, not a name or an address as 192.0.2.1")
        addresses = await asyncio.shield(self._lookup(host.lower()))
        results = [_result(host, port, address) for address in addresses]
        found = [result for result in results if family in {socket.AF_UNSPEC, result["family"]}]
        if not found:
            raise OSError(None, "the name has no address")
        return found

    async def close(self) -> None:
        lookups = list(self._lookups.values())
        for lookup in lookups:
            lookup.cancel()
        await asyncio.gather(*lookups, return_exceptions=True)
        await self._dns.close()

    def _lookup(self, name: str) -> "asyncio.Task[list[str]]":
        lookup = self._lookups.get(name)
        if lookup is None:
            lookup = self._lookups[name] = asyncio.create_task(self._look_up(name))
            lookup.add_done_callback(lambda done: self._forget(name, done))
        return lookup

    def _forget(self, name: str, done: "asyncio.Task[list[str]]") -> None:
        if done.cancelled() or done.exception() or done.result():
            del self._lookups[name]
        else:
            done.get_loop().call_later(self._failure_seconds, self._lookups.pop, name)

    async def _look_up(self, name: str) -> list[str]:
        """Return the addresses of `name`, none for whatever went wrong."""
        domain = ".".join(name.rstrip(".").split(".")[-2:])
        share = self._domains.setdefault(domain, asyncio.Semaphore(MOST_OF_A_DOMAIN))
        with suppress(aiodns.error.DNSError, TimeoutError):
            async with asyncio.timeout(MOST_SECONDS), share, self._queries:
                found = await self._dns.getaddrinfo(name, type=socket.SOCK_STREAM)
            addresses = [node.addr[0].decode() for node in found.nodes]
            return [address for address in addresses if self._permits(address)] or addresses
        return []


def _result(host: str, port: int, address: str) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=flags)


def _ends_in_a_number(host: str) -> bool:
    """Whether some resolvers take `host` for an IPv4 address, as 0x7f.1 (WHATWG URL, "ends in a number")."""
    last = host.rstrip(".").rpartition(".")[2].lower()
    digits = last.removeprefix("0x")
    return last.isdigit() or (last != digits and all(digit in "0123456789abcdef" for digit in digits))
