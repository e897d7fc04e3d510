"""One PostgreSQL for all that is compared, a database for each, and the CPU that it costs."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import asyncpg

from bench.streaming import TICKS, cpu_seconds, family
from service.postgres.embedded import EmbeddedServer
from service.postgres.migrate import migrate

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Server:
    dsn: str
    pid: int

    @contextmanager
    def database(self, name: str, *, migrated: bool = True) -> Iterator[str]:
        """Yield the DSN of a new database, with our schema unless it is somebody else's."""
        dsn = self.dsn.replace("/postgres?", f"/{name}?")
        self._execute(f"CREATE DATABASE {name}")
        if migrated:
            asyncio.run(migrate(dsn))
        yield dsn
        self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def settle(self) -> None:
        """Have the pages of earlier rounds written now, not during the next."""
        self._execute("CHECKPOINT")

    def cpu_seconds(self) -> float:
        """Return what all of the server's processes took so far, those that ended included."""
        while True:
            with suppress(FileNotFoundError):  # one ended while it was looked at: now it is among those that did
                return self._cpu_seconds()

    def _cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        ended = (int(fields[13]) + int(fields[14])) / TICKS
        return ended + sum(map(cpu_seconds, [self.pid, *family(self.pid)]))

    def _execute(self, statement: str) -> None:
        within(self.dsn, lambda connection: connection.execute(statement))


def within(dsn: str, work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
    """Return what `work` returns, given a connection of its own."""

    async def connected() -> T:
        connection = await asyncpg.connect(dsn)
        try:
            return await work(connection)
        finally:
            await connection.close()

    return asyncio.run(connected())


@contextmanager
def server() -> Iterator[Server]:
    with TemporaryDirectory(prefix="recordkeeper-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with EmbeddedServer(folder) as dsn:
            pid = (folder / "postgres" / "postmaster.pid").read_text().splitlines()[0]
            yield Server(dsn, int(pid))
