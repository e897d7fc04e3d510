"""Background loops: one turn after another, whatever becomes of any."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from service.postgres.pool import DATABASE_LOST

log = structlog.get_logger()


async def repeat(
    turn: Callable[[], Awaitable[object]], seconds: float, *, failed: str, awake: asyncio.Event | None = None
) -> None:
    """Take a turn every so many seconds, and at once when `awake` is set.

    What a turn raises is logged under the name `failed`: a database out of reach as a warning, else with its traceback.
    """
    waking = awake or asyncio.Event()
    while True:
        waking.clear()
        try:
            await turn()
        except DATABASE_LOST as error:
            log.warning(failed, error=str(error))
        except Exception:
            log.exception(failed)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await waking.wait()
