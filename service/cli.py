"""The verbs of `recordkeeper`. No logic: each reads its words, calls, and shows what came back."""

import asyncio
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import click
import orjson
import uvloop

from service.settings import Settings

Result = TypeVar("Result")
FIRST_STEPS = """\
Account SID  {sid}
Auth token   {token}      (shown this once; `recordkeeper accounts list` names the accounts)

Announce a call, record it, list the recordings:
  curl -u {sid}:{token} -X PUT {url}/v1/Accounts/{sid}/Calls/{call} -d '{{"status":"in-progress"}}'
  curl -u {sid}:{token} -X POST {url}/2010-04-01/Accounts/{sid}/Calls/{call}/Recordings.json
  curl -u {sid}:{token} {url}/2010-04-01/Accounts/{sid}/Recordings.json
"""

data_dir = click.option("--data-dir", type=click.Path(path_type=Path), help="Where all data live; ./var if not given.")
database_url = click.option("--database-url", help="A PostgreSQL of yours instead of the embedded one.")
as_json = click.option("--json", "as_json", is_flag=True, help="For a program to read.")


def settings(**flags: Any) -> Settings:  # noqa: ANN401 - each flag has its setting's type
    return Settings(**{name: value for name, value in flags.items() if value is not None})


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end; what the program cannot do is one sentence and exit status 1."""
    from service.postgres.embedded import ServerRefused
    from service.postgres.migrate import MigrationRefused

    try:
        return uvloop.run(work)
    except (ServerRefused, MigrationRefused, OSError) as error:
        raise click.ClickException(str(error)) from None


def show(document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(orjson.dumps(document))
    else:
        click.echo("  ".join(str(value) for value in document.values()))


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Record calls, speak Twilio's Recordings API, keep every fact."""


@main.command()
@click.option("--host")
@click.option("--port", type=int)
@data_dir
@database_url
def serve(**flags: Any) -> None:  # noqa: ANN401 - click's options
    """Run the whole service."""
    run(_serve(settings(**flags)))


async def _serve(chosen: Settings) -> None:
    from service import wiring

    ready = asyncio.Event()
    serving = asyncio.create_task(wiring.serve(chosen, ready))
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, serving.cancel)
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if ready.is_set():
        url = f"http://{chosen.host}:{chosen.port}"
        click.echo(f"Recordkeeper answers at {url}")
        if account := await wiring.first_account(chosen):
            steps = {"sid": account.sid, "token": account.auth_token, "url": url, "call": "CA" + "0" * 31 + "1"}
            click.echo(FIRST_STEPS.format(**steps))
    waiting.cancel()
    try:
        await serving
    except asyncio.CancelledError:
        click.echo("Stopped.")


@main.command()
@data_dir
@database_url
@click.option("--status", "only_status", is_flag=True, help="Show what is applied; change nothing.")
@click.option("--to", help="Stop at this version.")
def migrate(only_status: bool, to: str | None, **flags: Any) -> None:  # noqa: ANN401, FBT001 - click's options
    """Bring the database's schema up to date."""
    from service import wiring

    for line in run(wiring.migrations(settings(**flags), to=to, only_status=only_status)):
        click.echo(line)


@main.command()
@data_dir
@database_url
def verify(**flags: Any) -> None:  # noqa: ANN401 - click's options
    """Check the hash chains, and the read model against the log; exit status 1 when something differs."""
    from service import wiring

    faults = run(wiring.verify(settings(**flags)))
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        raise SystemExit(1)
    click.echo("All chains hold; the read model equals the log.")


@main.command()
@click.argument("sid", metavar="RE…")
@data_dir
@database_url
@as_json
def events(sid: str, *, as_json: bool, **flags: Any) -> None:  # noqa: ANN401 - click's options
    """Show a recording's events, oldest first."""
    from service import wiring

    found = run(wiring.events(settings(**flags), sid))
    if not found:
        raise click.ClickException(f"there is no recording {sid}")
    for event in found:
        names = ("version", "occurred_at", "type", "actor", "data", "request_id")
        show(event if as_json else {name: event[name] for name in names}, as_json=as_json)


@main.group()
def accounts() -> None:
    """Accounts and their tokens."""


@accounts.command("create")
@click.option("--sid")
@click.option("--auth-token")
@click.option("--friendly-name", default="")
@data_dir
@database_url
@as_json
def create_account(
    sid: str | None,
    auth_token: str | None,
    friendly_name: str,
    *,
    as_json: bool,
    **flags: Any,  # noqa: ANN401 - click's options
) -> None:
    """Make an account."""
    from service import wiring

    if document := run(wiring.create_account(settings(**flags), sid, auth_token, friendly_name)):
        show(document, as_json=as_json)
    else:
        raise click.ClickException(f"{sid} is taken, or not AC and 32 hex digits")


@accounts.command("list")
@data_dir
@database_url
@as_json
def list_accounts(*, as_json: bool, **flags: Any) -> None:  # noqa: ANN401 - click's options
    """List the accounts, without their tokens."""
    from service import wiring

    for document in run(wiring.list_accounts(settings(**flags))):
        show(document, as_json=as_json)


@main.group()
def keys() -> None:
    """Make, list and revoke API keys, each with one role."""


@keys.command("create")
@click.option("--account", required=True)
@click.option("--role", required=True, type=click.Choice(["standard", "switch", "auditor", "admin"]))
@data_dir
@database_url
@as_json
def create_key(account: str, role: str, *, as_json: bool, **flags: Any) -> None:  # noqa: ANN401 - click's options
    """Make a key; its secret is shown this once."""
    from service import wiring

    if document := run(wiring.create_key(settings(**flags), account, role)):
        show(document, as_json=as_json)
    else:
        raise click.ClickException(f"there is no account {account}")


@keys.command("list")
@data_dir
@database_url
@as_json
def list_keys(*, as_json: bool, **flags: Any) -> None:  # noqa: ANN401 - click's options
    """List the keys, without their secrets."""
    from service import wiring

    for document in run(wiring.list_keys(settings(**flags))):
        show(document, as_json=as_json)


@keys.command("revoke")
@click.argument("sid", metavar="SK…")
@data_dir
@database_url
def revoke_key(sid: str, **flags: Any) -> None:  # noqa: ANN401 - click's options
    """Take a key out of use, within two seconds."""
    from service import wiring

    if not run(wiring.revoke_key(settings(**flags), sid)):
        raise click.ClickException(f"there is no key {sid} in use")
