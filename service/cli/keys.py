"""API keys, each with one role."""

import click

from service.cli.show import show, show_all
from service.cli.verb import DATABASE, Flags, Sid, Verb, as_json, chosen, run


@click.group()
def keys() -> None:
    """Make, list and revoke API keys, each with one role."""


@keys.command(cls=Verb, takes=DATABASE)
@click.option("--account", required=True, type=Sid("AC"))
@click.option("--role", required=True, type=click.Choice(["standard", "switch", "auditor", "admin"]))
@as_json
def create(account: str, role: str, *, as_json: bool, **flags: Flags) -> None:
    """Make a key; its secret is shown this once."""
    from service.wiring import verbs

    document = run(verbs.create_key(chosen(flags), account, role))
    if document is None:
        raise click.ClickException(f"there is no account {account}")
    show(document, as_json=as_json)


@keys.command("list", cls=Verb, takes=DATABASE)
@click.option("--account", type=Sid("AC"), help="The keys of this account alone.")
@as_json
def list_keys(account: str | None, *, as_json: bool, **flags: Flags) -> None:
    """List the keys, without their secrets."""
    from service.wiring import verbs

    show_all(run(verbs.list_keys(chosen(flags), account)), as_json=as_json)


@keys.command(cls=Verb, takes=DATABASE)
@click.argument("sid", type=Sid("SK"))
@as_json
def revoke(sid: str, *, as_json: bool, **flags: Flags) -> None:
    """Take a key out of use, within two seconds."""
    from service.wiring import verbs

    if not run(verbs.revoke_key(chosen(flags), sid)):
        raise click.ClickException(f"there is no key {sid} in use")
    show({"sid": sid, "revoked": True}, as_json=as_json)
