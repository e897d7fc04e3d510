"""What the service would run with, and why."""

import click

from service.cli.show import show_all
from service.cli.verb import Flags, Verb, as_json, chosen


@click.command(cls=Verb)
@as_json
def settings(*, as_json: bool, **flags: Flags) -> None:
    """List every setting, and where its value came from."""
    from service.settings import described

    chosen(flags)
    show_all(described(flags), "setting", "value", "default", "source", as_json=as_json)
