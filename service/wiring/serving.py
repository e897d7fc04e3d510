"""The service running: its database, and the process or processes that answer."""

import asyncio
import time
from dataclasses import dataclass

from service.application.accounts import Account, Accounts
from service.postgres.pool import open_pool
from service.settings import Settings
from service.wiring.keeping import note_keeping
from service.wiring.metering import forget_the_dead
from service.wiring.process import serve_one
from service.wiring.server import database
from service.wiring.sound import Place
from service.wiring.together import serve_together
from service.wiring.transcribing import check_transcription


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """`first_account` is there when it was made just now, so that its token can be shown."""

    url: str
    first_account: Account | None


async def serve(settings: Settings, ready: asyncio.Future[Ready]) -> None:
    """Serve until cancelled; `ready` is set when the port answers. What is under way at the end is finished."""
    await check_transcription(settings)
    async with database(settings, own=True, begins=True) as dsn:
        note_keeping(settings)
        forget_the_dead(settings)
        answering: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        place = Place(is_first=True, is_alone=not settings.database_url)
        serving = asyncio.create_task(
            serve_together(settings, dsn, answering)
            if settings.workers > 1
            else serve_one(settings, dsn, place, answering)
        )
        try:
            serving.add_done_callback(lambda _: answering.cancel())
            await asyncio.wait({answering})
            if not answering.cancelled():
                ready.set_result(Ready(url=answering.result(), first_account=await _first_account(dsn)))
            await serving
        finally:
            serving.cancel()
            await asyncio.wait({serving})


async def _first_account(dsn: str) -> Account | None:
    """Make an account when there is none yet; return it that once."""
    async with await open_pool(dsn, max_size=1) as pool:
        known = Accounts(pool, time.monotonic)
        if await known.all():
            return None
        return await known.create(sid=None, auth_token=None, friendly_name="First account")
