"""What the doors are given to work with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import asyncpg
from aiohttp import web

from service.api.gateway import Network, origin
from service.application.accounts import Accounts, Caller
from service.application.handler import CommandHandler
from service.application.holds import Holds
from service.application.idempotency import IdempotencyKeys
from service.application.links import Links
from service.application.metadata import Metadata
from service.application.switchboard import Switchboard
from service.application.transcriptions import Transcriptions
from service.audit.events import Events
from service.audit.proofs import Proofs
from service.callbacks.history import Deliveries
from service.eventstore.subscription import Subscriptions
from service.media.capturing.homes import Homes
from service.media.capturing.streams import Streams
from service.media.finishing.finisher import Finisher
from service.media.secrecy.sealing import Sealing
from service.media.storing.eraser import Eraser
from service.media.storing.store import LocalStore
from service.projections.recordings import Recordings
from service.projections.usage import Usage


class Meters(Protocol):
    def answered(self, method: str, status: int) -> None: ...

    async def exposition(self) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """`data_dir` holds the spools. `public_url` is what customers use; empty: the gateway's or the request's own.

    `redelivered` is to be called when deliveries were made due.
    """

    pool: asyncpg.Pool
    accounts: Accounts
    handler: CommandHandler
    switchboard: Switchboard
    recordings: Recordings
    usage: Usage
    events: Events
    subscriptions: Subscriptions
    idempotency_keys: IdempotencyKeys
    streams: Streams
    finisher: Finisher
    eraser: Eraser
    homes: Homes
    store: LocalStore
    sealing: Sealing
    data_dir: Path
    transcriptions: Transcriptions
    links: Links
    holds: Holds
    deliveries: Deliveries
    redelivered: Callable[[], None]
    meters: Meters
    proofs: Proofs
    now: Callable[[], datetime]
    public_url: str
    stream_idle_seconds: float = 60.0
    trusted_proxies: Sequence[Network] = ()


SERVICES = web.AppKey("services", Services)
CALLER = web.RequestKey("caller", Caller)
UNDER_WAY = web.AppKey("under_way", dict[int, web.Request])
"""Requests not yet answered, by their identity."""
REQUEST_ID = web.RequestKey("request_id", str)


def metadata(request: web.Request) -> Metadata:
    return Metadata(actor=request[CALLER].actor, request_id=request[REQUEST_ID])


def public_url(request: web.Request) -> str:
    """Return scheme and host as the customer sees them: what every absolute URL begins with."""
    services = request.app[SERVICES]
    return services.public_url or origin(request, services.trusted_proxies)
