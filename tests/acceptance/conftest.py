"""The program as tests meet it: with an account of their own in one that many share, or all of it."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from listener import QUICK
from running import Running


@contextmanager
def started(port: int, settings: dict[str, str]) -> Iterator[Running]:
    with TemporaryDirectory(prefix="recordkeeper-acceptance-") as name:
        Path(name).chmod(0o755)
        running = Running(Path(name) / "var", port, settings)
        running.start()
        yield running
        if running.process.poll() is None:
            assert running.end(signal.SIGTERM) == 0


@pytest.fixture(scope="session")
def shared(unused_tcp_port_factory) -> Iterator[Callable[..., Running]]:
    """Start the program once for those who ask for the same settings: each start takes seconds."""
    with ExitStack() as running:
        yield cache(lambda *settings: running.enter_context(started(unused_tcp_port_factory(), dict(settings))))


@pytest.fixture
def service(request):
    """Yield the program as a new account has it; alone, or with settings by the names of their variables, all of it."""
    settings = getattr(request, "param", {})
    if settings in ({}, QUICK):
        yield request.getfixturevalue("shared")(*settings.items()).as_another_account()
    else:
        with started(request.getfixturevalue("unused_tcp_port"), settings or {}) as running:
            yield running
