"""The embedded server: keeps its data, keeps others out, and outlives a kill."""

import os
import signal
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest

from service.postgres.embedded import EmbeddedServer, ServerRefused, running_dsn


@pytest.fixture
def folder():
    with TemporaryDirectory(prefix="recordkeeper-server-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


async def query(dsn: str, sql: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_data_survives_a_restart_and_fsync_is_on(folder: Path) -> None:
    with EmbeddedServer(folder) as dsn:
        await query(dsn, "CREATE TABLE kept AS SELECT 42 AS answer")
        assert await query(dsn, "SHOW fsync") == "on"
        assert running_dsn(folder) == dsn
    assert running_dsn(folder) is None
    with EmbeddedServer(folder) as dsn:
        assert await query(dsn, "SELECT answer FROM kept") == 42


def test_a_second_service_on_the_folder_is_refused(folder: Path) -> None:
    with EmbeddedServer(folder), pytest.raises(ServerRefused, match=f"process {os.getpid()}"):
        EmbeddedServer(folder).start()


async def test_the_server_of_a_killed_service_is_ended_and_its_data_is_there(folder: Path) -> None:
    killed = EmbeddedServer(folder)
    await query(killed.start(), "CREATE TABLE kept AS SELECT 42 AS answer")
    os.close(killed._lock)
    with EmbeddedServer(folder) as dsn:
        assert await query(dsn, "SELECT answer FROM kept") == 42
    assert killed._server.wait() == 0


async def test_a_killed_server_that_nobody_has_reaped_is_dead(folder: Path) -> None:
    killed = EmbeddedServer(folder)
    await query(killed.start(), "CREATE TABLE kept AS SELECT 42 AS answer")
    os.close(killed._lock)
    killed._server.send_signal(signal.SIGKILL)
    with EmbeddedServer(folder) as dsn:
        assert await query(dsn, "SELECT answer FROM kept") == 42
    assert killed._server.wait() == -signal.SIGKILL


async def test_data_survives_a_kill_of_the_server(folder: Path) -> None:
    server = EmbeddedServer(folder)
    await query(server.start(), "CREATE TABLE kept AS SELECT 42 AS answer")
    server._server.send_signal(signal.SIGKILL)
    server._server.wait()
    server.stop()
    with EmbeddedServer(folder) as dsn:
        assert await query(dsn, "SELECT answer FROM kept") == 42
