"""Readers who lose their connections, beside writers who hold transactions open: the bench of it, for ten seconds."""

import asyncio
from base64 import b64encode

from bench.readers import run
from bench.running import Account
from running import alone
from service.postgres.embedded import running_dsn


@alone
def test_each_reader_sees_every_event_once_and_in_order(service):
    secret = b64encode(":".join(service.credentials).encode()).decode()
    accounts = [Account(service.credentials[0], f"Basic {secret}")]
    written, readers = asyncio.run(run(service.url, running_dsn(service.folder), accounts, 10))
    assert written.events > 100
    assert written.rolled_back > 0
    for reader in readers:
        assert reader.positions == list(range(1, written.events + 1)), reader.kind
    assert sum(reader.losses for reader in readers) > 10
