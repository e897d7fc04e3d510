"""Legal holds: what is under one is neither deleted nor purged."""

import re

import click

from service.cli.show import show, show_all
from service.cli.verb import DATABASE, Flags, Sid, Verb, as_json, chosen, run


@click.group()
def holds() -> None:
    """Place, release and list legal holds."""


@holds.command(cls=Verb, takes=DATABASE)
@click.argument("account", type=Sid("AC"))
@click.argument("recording", type=Sid("RE"), required=False)
@click.option("--reference", help="How another system names the case: letters, digits and . _ - / up to 64.")
@as_json
def place(account: str, recording: str | None, reference: str | None, *, as_json: bool, **flags: Flags) -> None:
    """Put a recording, or an account with all its recordings, under legal hold.

    A hold that is there stays as it is.
    """
    from service.wiring import hold_verbs

    if reference is not None and not re.fullmatch("[A-Za-z0-9._/-]{1,64}", reference):
        raise click.BadParameter("takes up to 64 letters, digits and . _ - / alone", param_hint="--reference")
    placed = run(hold_verbs.place_hold(chosen(flags), account, recording, reference))
    if placed.pop("was_held"):
        click.echo("It is held already: nothing was changed. For another reference, release it first.", err=True)
    show(placed, as_json=as_json)


@holds.command(cls=Verb, takes=DATABASE)
@click.argument("account", type=Sid("AC"))
@click.argument("recording", type=Sid("RE"), required=False)
@as_json
def release(account: str, recording: str | None, *, as_json: bool, **flags: Flags) -> None:
    """End a recording's own hold, or an account's; each is ended by itself."""
    from service.wiring import hold_verbs

    show(run(hold_verbs.release_hold(chosen(flags), account, recording)), as_json=as_json)


@holds.command("list", cls=Verb, takes=DATABASE)
@click.option("--account", type=Sid("AC"), help="Those of this account alone.")
@as_json
def list_holds(account: str | None, *, as_json: bool, **flags: Flags) -> None:
    """List the holds in force: an account's own first, then those of its recordings."""
    from service.wiring import hold_verbs

    show_all(run(hold_verbs.list_holds(chosen(flags), account)), as_json=as_json)
