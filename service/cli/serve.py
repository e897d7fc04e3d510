"""The whole service, until it is told to stop."""

from typing import TYPE_CHECKING

import click

from service.cli.verb import Flags, Verb, chosen, run, until_told

if TYPE_CHECKING:
    from service.wiring.serving import Ready

FIRST_STEPS = """\
Account SID  {sid}
Auth token   {token}      (shown this once; `recordkeeper accounts rotate-token` makes another)

Announce a call, record it, list the recordings:
  curl -u {sid}:{token} -X PUT {url}/v1/Accounts/{sid}/Calls/{call} -d '{{"status":"in-progress"}}'
  curl -u {sid}:{token} -X POST {url}/2010-04-01/Accounts/{sid}/Calls/{call}/Recordings.json
  curl -u {sid}:{token} {url}/2010-04-01/Accounts/{sid}/Recordings.json
"""


@click.command(cls=Verb)
def serve(**flags: Flags) -> None:
    """Run the whole service."""
    import structlog
    import uvloop

    from service.settings import unknown_variables
    from service.wiring import serving
    from service.wiring.logs import configure_logs

    settings = chosen(flags, warns=False)
    configure_logs(settings.log_format, settings.log_level)
    for name, meant in unknown_variables().items():
        structlog.get_logger().warning("setting.unknown", variable=name, meant=meant or None)
    run(until_told(lambda ready: serving.serve(settings, ready), _welcome), uvloop.new_event_loop)


def _welcome(ready: "Ready") -> None:
    url, account = ready.url, ready.first_account
    click.echo(f"Recordkeeper answers at {url}")
    if account:
        call = "CA" + "0" * 31 + "1"
        click.echo(FIRST_STEPS.format(sid=account.sid, token=account.auth_token, url=url, call=call))
