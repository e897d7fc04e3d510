"""What the log says."""

import click

from service.cli.show import show_all
from service.cli.verb import DATABASE, Flags, Sid, Verb, as_json, chosen, run


@click.command(cls=Verb, takes=DATABASE)
@click.argument("sid", type=Sid("RE"))
@as_json
def events(sid: str, *, as_json: bool, **flags: Flags) -> None:
    """Show a recording's events, oldest first."""
    from service.wiring import verbs

    found = run(verbs.events(chosen(flags), sid))
    if not found:
        raise click.ClickException(f"there is no recording {sid}")
    show_all(found, "version", "occurred_at", "type", "actor", "data", "request_id", as_json=as_json)
