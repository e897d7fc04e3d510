"""The log and its read models as Parquet files."""

from datetime import datetime

import click

from service.cli.moment import Moment
from service.cli.progress import Shown
from service.cli.verb import DATABASE, Flags, Sid, Verb, WrongSetting, as_json, chosen, run


@click.command(cls=Verb, takes=DATABASE)
@click.argument("what", type=click.Choice(["events", "recordings", "usage"]))
@click.option("--since", type=Moment(), help="From here on; of events: where the first export begins.")
@click.option("--until", type=Moment(), help="Up to here, exclusive.")
@click.option("--to", required=True, metavar="DIR|s3://…", help="A folder, or a store as for set-store.")
@click.option("--account", type=Sid("AC"), help="This account alone.")
@click.option("--with-canonical", is_flag=True, help="Events with the text that is hashed, callback URLs and all.")
@as_json
def export(
    what: str,
    since: datetime | None,
    until: datetime | None,
    to: str,
    account: str | None,
    *,
    with_canonical: bool,
    as_json: bool,
    **flags: Flags,
) -> None:
    """Write Parquet files, by account and day.

    Events go on from where the last export to the same place ended, each written once; the tables are written anew.
    """
    from service.export.destination import WrongDestination
    from service.export.events import Span
    from service.wiring.exporting import Export, export

    asked = Export(
        what=what, to=to, span=Span(since=since, until=until), account=account, with_canonical=with_canonical
    )
    if with_canonical and what != "events":
        raise WrongSetting("--with-canonical is for events")
    with Shown(as_json=as_json) as shown:
        try:
            run(export(chosen(flags), asked, shown))
        except WrongDestination as error:
            raise WrongSetting(f"--to cannot be '{to}': {error}") from None


@click.command(cls=Verb, takes=DATABASE)
@click.option("--before", type=click.DateTime(["%Y-%m"]), required=True, metavar="YYYY-MM", help="The month after.")
@click.option("--to", required=True, metavar="DIR|s3://…", help="A folder, or a store as for set-store.")
@click.option("--drop", is_flag=True, help="Drop the tables; else they stay in the database, beside the log.")
@as_json
def archive(before: datetime, to: str, *, drop: bool, as_json: bool, **flags: Flags) -> None:
    """Take old months out of the log, into Parquet files that the audit API goes on answering from.

    The services must be able to read the place. Months with recordings that are neither deleted nor absent are refused.
    """
    from service.export.destination import WrongDestination
    from service.wiring.archiving import Archiving, archive

    asked = Archiving(before=before.date(), to=to, drop=drop)
    with Shown(as_json=as_json) as shown:
        try:
            run(archive(chosen(flags), asked, shown))
        except WrongDestination as error:
            raise WrongSetting(f"--to cannot be '{to}': {error}") from None
