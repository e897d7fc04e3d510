"""The engine as the service sees it: a process that can be killed at any time."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import orjson
import structlog

ENGINE = "service.transcription.engine"
PASSED = {
    *("PATH", "HOME", "USER", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV"),
}
"""What the engine may know of its surroundings, with `LC_*`: stores' and databases' secrets have names of any kind."""
PROGRAM = Path(__file__).parents[2]
_log = structlog.get_logger()


class EngineFailed(Exception):  # noqa: N818 - an outcome: the attempt is made again
    """The engine ended without an answer; the message is the last line it said, or how it ended."""


@asynccontextmanager
async def engine(model: Path, *wav: Path) -> AsyncIterator[Process]:
    """Yield the engine at work on `wav`, killed in the end; without one it only loads the model."""
    # It needs no secrets and no network, and a terminal's Ctrl-C is for the service to pass on.
    environment = {name: value for name, value in os.environ.items() if name in PASSED or name.startswith("LC_")}
    environment["HF_HUB_OFFLINE"] = "1"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", ENGINE),
        *(str(path.absolute()) for path in (model, *wav)),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env=environment,
        cwd=PROGRAM,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def answer(process: Process) -> bytes:
    """Return what the engine printed. Raises EngineFailed."""
    if process.stdout is None or process.stderr is None:
        raise AssertionError("both are pipes")
    printed, said = await asyncio.gather(process.stdout.read(), process.stderr.read())
    if code := await process.wait():
        lines = said.decode(errors="replace").strip().splitlines()
        raise EngineFailed(lines[-1] if lines else f"the engine ended with {code}")
    return printed


async def hear(model: Path, wav: Path) -> str:
    """Return what is said in a WAV. Raises EngineFailed."""
    async with engine(model, wav) as process:
        _log.info("transcription.began", wav=str(wav), engine=process.pid)
        return str(orjson.loads(await answer(process)))
