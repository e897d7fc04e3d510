"""The database: its schema, and whether the read model and the chains hold."""

from typing import TYPE_CHECKING, Any

import click

from service.cli.progress import shown
from service.cli.show import show, show_all
from service.cli.verb import DATABASE, Flags, Verb, as_json, chosen, run

if TYPE_CHECKING:
    from service.projections.rebuild import Rebuilt


@click.command(cls=Verb, takes=DATABASE)
@click.option("--status", "only_status", is_flag=True, help="Show what is applied; change nothing.")
@click.option("--to", help="Stop at this version.")
@as_json
def migrate(to: str | None, *, only_status: bool, as_json: bool, **flags: Flags) -> None:
    """Bring the database's schema up to date."""
    from service.wiring import verbs

    show_all(run(verbs.migrations(chosen(flags), to=to, only_status=only_status)), as_json=as_json)


@click.command(cls=Verb, takes=DATABASE)
@as_json
def verify(*, as_json: bool, **flags: Flags) -> None:
    """Hold chains and read model against the log.

    Exit status 1 when something differs.
    """
    from service.wiring import verbs

    faults = run(verbs.verify(chosen(flags)))
    if as_json:
        show({"holds": not faults, "faults": faults}, as_json=True)
    else:
        show_all(faults, as_json=False)
    if faults:
        raise SystemExit(1)
    if not as_json:
        click.echo("All chains hold; the read models equal the log.")


@click.command(cls=Verb, takes=DATABASE)
@click.argument("projection", type=click.Choice(["recordings", "usage", "all"]))
@click.option("--verify", "compares", is_flag=True, help="List the rows in which the old table differs from the new.")
@click.option("--chunk", type=click.IntRange(1), default=20_000, show_default=True, help="Events a transaction folds.")
@as_json
def rebuild(projection: str, *, compares: bool, chunk: int, as_json: bool, **flags: Flags) -> None:
    """Make a read model anew from the log, and swap it in.

    Everything goes on meanwhile. What was stopped goes on where it was when it is run again.
    """
    from service.wiring import verbs

    with shown(quiet=as_json) as told:
        done = run(verbs.rebuild(chosen(flags), projection, compares=compares, chunk=chunk, told=told))
    for rebuilt in done:
        show(_rebuilt(rebuilt, in_words=not as_json), as_json=as_json)


def _rebuilt(rebuilt: "Rebuilt", *, in_words: bool) -> dict[str, Any]:
    document = {name: getattr(rebuilt, name) for name in ("projection", "events", "seconds", "resumed")}
    if rebuilt.differing is None:
        return document
    rows = [{"table": one.table, "account_sid": one.account_sid, "key": one.key} for one in rebuilt.differing]
    if in_words:
        return document | {"differing": "\n".join(" ".join(row.values()) for row in rows) or "nothing"}
    return document | {"differing": rows}
