"""Callbacks: what became of them, and sending them again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from service.callbacks.kinds import EVENTS, STATUSES
from service.cli.moment import Moment
from service.cli.show import show, show_all
from service.cli.verb import DATABASE, Flags, Sid, Verb, as_json, chosen, run

if TYPE_CHECKING:
    from service.wiring.delivery_verbs import Told

COLUMNS = ("time", "event", "recording", "delivery", "host", "status", "attempts", "last_error")


@click.group()
def deliveries() -> None:
    """See what became of callbacks, and send them again."""


@deliveries.command("list", cls=Verb, takes=DATABASE)
@click.option("--account", type=Sid("AC"), help="Those of this account alone.")
@click.option("--recording", type=Sid("RE"), help="Those of this recording alone.")
@click.option("--status", type=click.Choice(STATUSES))
@click.option("--event", type=click.Choice(EVENTS))
@click.option("--since", type=Moment(), help="Of events from then on.")
@click.option("--until", type=Moment(), help="Of events until then.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@as_json
def list_deliveries(account: str | None, recording: str | None, limit: int, *, as_json: bool, **options: Any) -> None:  # noqa: ANN401 - what filters, and the settings
    """List callbacks, those of the newest events first."""
    from service.callbacks.history import FIRST, LAST, Chosen
    from service.wiring import delivery_verbs

    filters = Chosen(
        status=options.pop("status"),
        event=options.pop("event"),
        after=options.pop("since") or FIRST,
        before=options.pop("until") or LAST,
    )
    found = run(delivery_verbs.list_deliveries(chosen(options), account, recording, filters, limit))
    show_all(found if as_json else [_line(one) for one in found], *([] if as_json else COLUMNS), as_json=as_json)


@deliveries.command(cls=Verb, takes=DATABASE)
@click.argument("sid", type=Sid("DL"), required=False)
@click.option("--since", type=Moment(), help="All of events from then on.")
@click.option("--until", type=Moment(), help="None of events after that.")
@click.option("--status", type=click.Choice(["failed", "discarded"]), help="With --since: which; failed unless said.")
@click.option("--account", type=Sid("AC"), help="With --since: those of this account alone.")
@click.option("--event", type=click.Choice(EVENTS), help="With --since: those of this event alone.")
@as_json
def redeliver(sid: str | None, *, as_json: bool, **options: Any) -> None:  # noqa: ANN401 - what filters, and the settings
    """Send one callback again, or all of a period that failed.

    Each goes out with the token and the parameters it had. Broken off and begun again, it sends what is left.
    """
    filters = {name: options.pop(name) for name in ("since", "until", "status", "account", "event")}
    if sid and any(filters.values()):
        raise click.UsageError("one delivery takes no other option: give its SID, or --since")
    if sid:
        _redeliver_one(sid, options, as_json=as_json)
    elif filters["since"]:
        _redeliver_all(filters, options, as_json=as_json)
    else:
        raise click.UsageError("say which: the SID of one delivery, or --since and a time for all that failed since")


def _redeliver_one(sid: str, flags: dict[str, Flags], *, as_json: bool) -> None:
    from service.wiring import delivery_verbs

    found = run(delivery_verbs.redeliver(chosen(flags), sid))
    if found is None:
        raise click.ClickException(f"there is no delivery {sid}, or it is no longer kept")
    show(found if as_json else _line(found), as_json=as_json)


def _redeliver_all(filters: dict[str, Any], flags: dict[str, Flags], *, as_json: bool) -> None:
    from service.callbacks.history import LAST, Chosen
    from service.wiring import delivery_verbs

    which = Chosen(
        status=filters["status"] or "failed",
        event=filters["event"],
        after=filters["since"],
        before=filters["until"] or LAST,
    )
    with _progress(shown=not as_json) as told:
        counts = run(delivery_verbs.redeliver_all(chosen(flags), filters["account"], which, told))
    show(counts, as_json=as_json)


@contextmanager
def _progress(*, shown: bool) -> "Iterator[Told]":
    """Yield what draws a bar on a terminal, and says a line a batch elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(highlight=False, soft_wrap=True)
    columns = (TextColumn("redelivering"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not (shown and console.is_terminal)) as progress:
        task = progress.add_task("", total=None)

        def told(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)
            if shown and not console.is_terminal:
                click.echo(f"{done} of {total} redelivered")

        yield told


def _line(found: dict[str, Any]) -> dict[str, Any]:
    """Return a delivery as a line of a table."""
    attempts = found["attempts"]
    last = attempts[-1] if attempts else {}
    error = last.get("error") or (f"HTTP {last['http_status']}" if last.get("error_code") else None)
    return {
        "time": found["occurred_at"].replace("T", " ").removesuffix("Z")[:-3],
        "event": found["event"],
        "recording": found["recording_sid"],
        "delivery": found["sid"],
        "host": f"{found['host']} (fallback)" if found["is_fallback"] else found["host"],
        "status": found["status"],
        "attempts": len(attempts),
        "last_error": error,
    }
