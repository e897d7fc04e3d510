"""The whole service, until it is told to stop."""

import asyncio
import signal
from typing import TYPE_CHECKING

import click

from service.cli.verb import Flags, Verb, chosen, run

if TYPE_CHECKING:
    from service.settings import Settings

FIRST_STEPS = """\
Account SID  {sid}
Auth token   {token}      (shown this once; `recordkeeper accounts list` names the accounts)

Announce a call, record it, list the recordings:
  curl -u {sid}:{token} -X PUT {url}/v1/Accounts/{sid}/Calls/{call} -d '{{"status":"in-progress"}}'
  curl -u {sid}:{token} -X POST {url}/2010-04-01/Accounts/{sid}/Calls/{call}/Recordings.json
  curl -u {sid}:{token} {url}/2010-04-01/Accounts/{sid}/Recordings.json
"""


@click.command(cls=Verb)
def serve(**flags: Flags) -> None:
    """Run the whole service."""
    import uvloop

    from service.wiring.logs import configure_logs

    settings = chosen(flags)
    configure_logs(settings.log_format, settings.log_level)
    run(_serve(settings), uvloop.new_event_loop)


async def _serve(settings: "Settings") -> None:
    from service.wiring import serving

    ready: asyncio.Future[serving.Ready] = asyncio.get_running_loop().create_future()
    service = asyncio.create_task(serving.serve(settings, ready))

    def stop() -> None:
        # Once: a second signal (a terminal's, beside make's) would cut off what is being finished.
        if not service.cancelling():
            service.cancel()

    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop)
    service.add_done_callback(lambda _: ready.cancel())
    await asyncio.wait({ready})
    if not ready.cancelled():
        url, account = ready.result().url, ready.result().first_account
        click.echo(f"Recordkeeper answers at {url}")
        if account:
            call = "CA" + "0" * 31 + "1"
            click.echo(FIRST_STEPS.format(sid=account.sid, token=account.auth_token, url=url, call=call))
    try:
        await service
    except asyncio.CancelledError:
        click.echo("Stopped.")
