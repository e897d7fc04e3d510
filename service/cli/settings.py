"""What the service would run with, and why."""

import click

from service.cli.show import show_all
from service.cli.verb import Flags, Verb, as_json, chosen


@click.command(cls=Verb)
@as_json
def settings(*, as_json: bool, **flags: Flags) -> None:
    """List every setting as this shell would start the service, and where its value came from.

    A service that runs has what it was started with.
    """
    from service.settings import described

    chosen(flags)
    if not as_json:
        click.echo("As this shell would start it; a service that runs has what it was started with.", err=True)
    show_all(described(flags), "setting", "value", "default", "source", as_json=as_json)
