"""The database: its schema, and whether the read model and the chains hold."""

import click

from service.cli.show import show, show_all
from service.cli.verb import DATABASE, Flags, Verb, as_json, chosen, run


@click.command(cls=Verb, takes=DATABASE)
@click.option("--status", "only_status", is_flag=True, help="Show what is applied; change nothing.")
@click.option("--to", help="Stop at this version.")
@as_json
def migrate(to: str | None, *, only_status: bool, as_json: bool, **flags: Flags) -> None:
    """Bring the database's schema up to date."""
    from service.wiring import verbs

    show_all(run(verbs.migrations(chosen(flags), to=to, only_status=only_status)), as_json=as_json)


@click.command(cls=Verb, takes=DATABASE)
@click.argument("projection", type=click.Choice(["recordings", "policies"]))
@click.option("--verify", "also_verify", is_flag=True, help="Then hold it against the log.")
@as_json
def rebuild(projection: str, *, also_verify: bool, as_json: bool, **flags: Flags) -> None:
    """Make a read model anew from the log.

    Reading goes on meanwhile; changes wait until it is done.
    """
    from service.wiring import verbs

    done = run(verbs.rebuild(chosen(flags), projection, also_verify=also_verify))
    show({"projection": projection} | done, as_json=as_json)
    if done.get("differing"):
        raise SystemExit(1)
