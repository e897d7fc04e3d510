"""The program on a data folder and a port of its own, for each test."""

import signal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from running import Running


@pytest.fixture
def service(unused_tcp_port, request):
    """Run the service; a test may be parametrized with settings, by the names of their variables."""
    with TemporaryDirectory(prefix="recordkeeper-acceptance-") as name:
        Path(name).chmod(0o755)
        running = Running(Path(name) / "var", unused_tcp_port, getattr(request, "param", {}))
        running.start()
        yield running
        if running.process.poll() is None:
            assert running.end(signal.SIGTERM) == 0
