"""The database: its schema, and read models made anew."""

from typing import Any

import click

from service.cli.progress import steps
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
@click.argument("projection", type=click.Choice(["recordings", "usage", "policies", "all"]))
@click.option("--verify", "compares", is_flag=True, help="List the rows in which the old table differs from the new.")
@click.option("--chunk", type=click.IntRange(1), default=20_000, show_default=True, help="Events a transaction folds.")
@as_json
def rebuild(projection: str, *, compares: bool, chunk: int, as_json: bool, **flags: Flags) -> None:
    """Make a read model anew from the log, and swap it in.

    Everything goes on meanwhile. What was stopped goes on where it was when it is run again.
    """
    from service.wiring import verbs

    with steps(quiet=as_json) as told:
        done = run(verbs.rebuild(chosen(flags), projection, compares=compares, chunk=chunk, told=told))
    for document in done:
        show(document if as_json else _in_words(document), as_json=as_json)


def _in_words(document: dict[str, Any]) -> dict[str, Any]:
    if "differing" not in document:
        return document
    rows = [row if isinstance(row, str) else " ".join(row.values()) for row in document["differing"]]
    return document | {"differing": "\n".join(rows) or "nothing"}
