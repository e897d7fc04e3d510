"""The other processes of this service, and how they are asked: by sockets that only their own user can open."""

import asyncio
import os
import stat
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

HOLD_PATH = "/peer/hold"
ANSWER_SECONDS = 2.0
LONGEST_HOLD_SECONDS = 30.0
"""A decision takes milliseconds; who asks for longer is gone."""


class PeerSilent(Exception):  # noqa: N818 - what was met
    """The other process does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a peer says of a conversation. `is_heard`: it has the audio; `position` as in `LiveConversation.hold`."""

    is_heard: bool
    position: int | None


def socket_path(home: str) -> Path:
    """Return where the process called `home` (data folder's name, slash, number) listens.

    The path is short, as a socket's must be, and follows from the name. Raises PermissionError when another user made
    the folder first.
    """
    folder, number = home.split("/")
    run = Path(tempfile.gettempdir()) / f"recordkeeper-{folder[:16]}"
    run.mkdir(mode=0o700, exist_ok=True)
    found = run.lstat()
    if found.st_uid != os.geteuid() or not stat.S_ISDIR(found.st_mode) or stat.S_IMODE(found.st_mode) != 0o700:  # noqa: PLR2004 - as above
        raise PermissionError(f"{run} is not a folder of this user alone")
    return run / f"{number}.sock"


def stream_socket_path(home: str) -> Path:
    """Return where the process called `home` takes the streams that landed on another."""
    return socket_path(home).with_suffix(".streams")


class Peers:
    """Asks; what is asked is answered by `service.api.peer`."""

    @asynccontextmanager
    async def hold(self, home: str, account_sid: str, sid: str) -> AsyncIterator[Held]:
        """Have another process let nothing later than the last frame received reach a disk. Raises PeerSilent."""
        named = {"account": account_sid, "conversation": sid}
        async with self.session(home) as session:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    socket = await session.ws_connect(f"http://peer{HOLD_PATH}", params=named)
                    held = Held(**await socket.receive_json())
            except (OSError, aiohttp.ClientError, TypeError, ValueError) as error:
                raise PeerSilent from error
            yield held
            await socket.close()

    @asynccontextmanager
    async def session(self, home: str) -> AsyncIterator[aiohttp.ClientSession]:
        async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket_path(home)))) as session:
            yield session

    async def is_alive(self, home: str) -> bool:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                _, writer = await asyncio.open_unix_connection(socket_path(home))
                writer.close()
        except OSError:
            return False
        return True
