"""The background loops alone, beside the processes that serve: more hands for finishing and for callbacks."""

import asyncio
import os

from service.callbacks.giving_up import GivingUp
from service.postgres.embedded import running_dsn
from service.postgres.migrate import migrate
from service.settings import Settings
from service.wiring.assembly import service
from service.wiring.keeping import check_keeping
from service.wiring.process import spare_collector
from service.wiring.server import ServiceRefused
from service.wiring.sound import Place


async def work(settings: Settings, ready: asyncio.Future[str]) -> None:
    """Finish, call back, seal and clear away until cancelled; `ready` is set to the name. Raises ServiceRefused."""
    dsn = _database(settings)
    check_keeping(settings)
    await migrate(dsn)
    name = f"worker-{os.getpid()}"
    async with service(settings, dsn, Place(name=name, names=(name,))) as assembled, asyncio.TaskGroup() as loops:
        ending = (
            assembled.purge.run(),
            assembled.upkeep.run(),
            assembled.sealer.run(),
            assembled.expiry.run(),
            GivingUp(assembled.services.pool).run(),
            assembled.services.finisher.run(),
            assembled.meters.run(assembled.dispatcher.hosts_paused),
        )
        background = [loops.create_task(loop) for loop in ending]
        loops.create_task(assembled.dispatcher.run())
        try:
            spare_collector()
            ready.set_result(name)
            await asyncio.Event().wait()
        finally:
            for loop in background:
                loop.cancel()
            await assembled.services.finisher.drain()
            await assembled.dispatcher.drain()


def _database(settings: Settings) -> str:
    if dsn := settings.database_url or running_dsn(settings.data_dir):
        return dsn
    raise ServiceRefused(
        f"no service runs on {settings.data_dir}: start `recordkeeper serve` there first,"
        " or name its database with --database-url"
    )
