"""The background loops alone, until told to stop."""

import click

from service.cli.verb import Flags, Verb, chosen, run, until_told


@click.command(cls=Verb)
def worker(**flags: Flags) -> None:
    """Finish recordings and call back beside a running service: more processes, or more hosts."""
    import uvloop

    from service.wiring.logs import configure_logs
    from service.wiring.working import work

    settings = chosen(flags)
    configure_logs(settings.log_format, settings.log_level)
    run(until_told(lambda ready: work(settings, ready), _works), uvloop.new_event_loop)


def _works(name: str) -> None:
    click.echo(f"{name} works")
