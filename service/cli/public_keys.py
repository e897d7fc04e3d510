"""The public keys that accounts have their recordings encrypted at."""

from pathlib import Path

import click

from service.cli.show import show, show_all
from service.cli.verb import DATABASE, Flags, Sid, Verb, as_json, chosen, run


@click.group("public-keys")
def public_keys() -> None:
    """Have an account's recordings encrypted at a key of its own."""


@public_keys.command(cls=Verb, takes=DATABASE)
@click.option("--account", required=True, type=Sid("AC"))
@click.option("--file", required=True, type=click.Path(path_type=Path), help="An RSA public key in PEM form.")
@as_json
def create(account: str, file: Path, *, as_json: bool, **flags: Flags) -> None:
    """Have recordings that end from now on encrypted at this key."""
    from service.wiring import key_verbs

    document = run(key_verbs.create_public_key(chosen(flags), account, file))
    if document is None:
        raise click.ClickException(f"there is no account {account}")
    show(document, as_json=as_json)


@public_keys.command("list", cls=Verb, takes=DATABASE)
@click.option("--account", type=Sid("AC"), help="The keys of this account alone.")
@as_json
def list_public_keys(account: str | None, *, as_json: bool, **flags: Flags) -> None:
    """List the public keys; an account's last that is not retired is in use."""
    from service.wiring import key_verbs

    show_all(run(key_verbs.list_public_keys(chosen(flags), account)), as_json=as_json)


@public_keys.command(cls=Verb, takes=DATABASE)
@click.argument("sid", type=Sid("CR"))
@as_json
def retire(sid: str, *, as_json: bool, **flags: Flags) -> None:
    """Encrypt nothing more at this key; what is encrypted at it stays so."""
    from service.wiring import key_verbs

    if not run(key_verbs.retire_public_key(chosen(flags), sid)):
        raise click.ClickException(f"there is no public key {sid} in use")
    show({"sid": sid, "retired": True}, as_json=as_json)
