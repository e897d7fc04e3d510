"""The HTTP client that callbacks go out with: what it reaches, and what it leaves alone."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp

from service.callbacks.ports import Ports
from service.callbacks.resolver import BoundedResolver
from service.callbacks.url_guard import Network, guarded_socket_factory, is_forbidden

ADDRESS_SECONDS = 10
"""For how long a name's addresses are kept. A name that changes them meanwhile gains nothing: see the guard."""


@asynccontextmanager
async def open_session(
    allowed: Sequence[Network], ports: Sequence[Ports] = (), *, nameservers: Sequence[str] = ()
) -> AsyncIterator[aiohttp.ClientSession]:
    """Yield a session that connects to no loopback, private or reserved address outside `allowed`.

    No `ports`: every port. No `nameservers`: those of the system. Certificates are verified, whatever is asked for.
    """
    resolver = BoundedResolver(permits=lambda address: not is_forbidden(address, allowed), nameservers=nameservers)
    connector = aiohttp.TCPConnector(
        limit=0,
        resolver=resolver,
        socket_factory=guarded_socket_factory(allowed, ports),
        ttl_dns_cache=ADDRESS_SECONDS,
    )
    try:
        async with aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=("Accept-Encoding",),
            trust_env=False,
        ) as session:
            yield session
    finally:
        await resolver.close()
