"""Accounts and their tokens."""

import click

from service.cli.show import show, show_all
from service.cli.verb import DATABASE, Days, Flags, Sid, Verb, as_json, chosen, run


@click.group()
def accounts() -> None:
    """Make and list accounts, and change their tokens."""


@accounts.command(cls=Verb, takes=DATABASE)
@click.option("--sid", type=Sid("AC"), help="Made up if not given.")
@click.option("--auth-token", help="Made up if not given.")
@click.option("--friendly-name", default="", help="What people call it.")
@as_json
def create(sid: str | None, auth_token: str | None, friendly_name: str, *, as_json: bool, **flags: Flags) -> None:
    """Make an account; its token is shown this once."""
    from service.wiring import verbs

    document = run(verbs.create_account(chosen(flags), sid, auth_token, friendly_name))
    if document is None:
        raise click.ClickException(f"there is an account {sid} already")
    show(document, as_json=as_json)


@accounts.command("list", cls=Verb, takes=DATABASE)
@as_json
def list_accounts(*, as_json: bool, **flags: Flags) -> None:
    """List the accounts, without their tokens."""
    from service.wiring import verbs

    show_all(run(verbs.list_accounts(chosen(flags))), as_json=as_json)


@accounts.command(cls=Verb, takes=DATABASE)
@click.argument("sid", type=Sid("AC"))
@as_json
def rotate_token(sid: str, *, as_json: bool, **flags: Flags) -> None:
    """Give an account a new token, shown this once; within two seconds the old one opens nothing."""
    from service.wiring import verbs

    document = run(verbs.rotate_token(chosen(flags), sid))
    if document is None:
        raise click.ClickException(f"there is no account {sid}")
    show(document, as_json=as_json)


@accounts.command(cls=Verb, takes=DATABASE)
@click.argument("sid", type=Sid("AC"))
@click.option("--days", type=Days(), help="From 1 to 36500, or none. Not given: nothing is changed.")
@as_json
def retention(sid: str, days: int | None, *, as_json: bool, **flags: Flags) -> None:
    """Show how many days after their completion an account's recordings are deleted, or set it.

    It holds for recordings that are there too: those older are deleted within a minute.
    """
    from service.wiring import hold_verbs

    document = run(hold_verbs.retention(chosen(flags), sid, days))
    if document is None:
        raise click.ClickException(f"there is no account {sid}")
    show(document, as_json=as_json)


@accounts.command(cls=Verb, takes=DATABASE)
@click.argument("sid", type=Sid("AC"))
@click.argument("store", metavar="URL|local|none")
@click.option("--force", is_flag=True, help="Also when the store does not answer.")
@as_json
def set_store(sid: str, store: str, *, force: bool, as_json: bool, **flags: Flags) -> None:
    """Say where an account's recordings go from now on; none: where the service's setting says.

    URL is s3://BUCKET/PREFIX?region=…&endpoint=…, gs://BUCKET/PREFIX or az://ACCOUNT/CONTAINER/PREFIX; credentials are
    in the environment. A small object is written, read and removed first.
    """
    from service.wiring import verbs

    document = run(verbs.set_store(chosen(flags), sid, None if store == "none" else store, force=force))
    if document is None:
        raise click.ClickException(f"there is no account {sid}")
    show(document, as_json=as_json)


@accounts.command(cls=Verb, takes=DATABASE)
@click.argument("sid", type=Sid("AC"))
@click.option("--retries", type=click.Choice(["own", "twilio"]), help="own: for about a day; twilio: once.")
@click.option("--fallback-url", metavar="URL|none", help="Told of what could not be delivered.")
@click.option("--webhook-secret", metavar="new|none|whsec_…", help="Signs as Standard Webhooks do, beside Twilio's.")
@as_json
def callbacks(
    sid: str,
    retries: str | None,
    fallback_url: str | None,
    webhook_secret: str | None,
    *,
    as_json: bool,
    **flags: Flags,
) -> None:
    """Show how an account is called back, after the changes that are asked for.

    A change counts from the next attempt on. A new secret is shown this once.
    """
    from service.wiring import callback_verbs

    given = {"retries": retries, "fallback_url": fallback_url, "webhook_secret": webhook_secret}
    changes = {name: None if value == "none" else value for name, value in given.items() if value is not None}
    for name, refused in (
        ("fallback_url", callback_verbs.refused_url),
        ("webhook_secret", callback_verbs.refused_secret),
    ):
        if (value := changes.get(name)) and (reason := refused(value)):
            raise click.BadParameter(reason, param_hint=f"--{name.replace('_', '-')}")
    document = run(callback_verbs.callbacks(chosen(flags), sid, **changes))
    if document is None:
        raise click.ClickException(f"there is no account {sid}")
    show(document, as_json=as_json)
