"""What the log says."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import click

from service.cli.moment import Moment
from service.cli.show import show_all
from service.cli.verb import DATABASE, Sid, Verb, as_json, chosen, run

SHORTER: dict[str, Callable[[Any], object]] = {
    "peaks": lambda tracks: f"of {len(tracks)} channels",
    "encryption": lambda encryption: encryption["public_key_sid"],
    "callback": lambda callback: {name: value for name, value in callback.items() if _tells(name, value, callback)},
}
"""What is too long for a line; `--json` has it whole."""
TIMELINE = ("version", "at", "type", "by", "facts")
TIMELINES = ("position", "recording", *TIMELINE)
USUAL_LIMIT = 100


@click.command(cls=Verb, takes=DATABASE)
@click.argument("sid", type=Sid("RE"), required=False)
@click.option("--account", type=Sid("AC"), help="This account's alone; else every account's, one after the other.")
@click.option("--call", type=Sid("CA"))
@click.option("--conference", type=Sid("CF"))
@click.option("--actor", metavar="SK…|AC…", help="Who caused them.")
@click.option("--request", type=Sid("RQ"), help="Which request caused them.")
@click.option("--type", "types", multiple=True, help="Repeat it for several.")
@click.option("--since", type=Moment(), help="When they occurred; inclusive, as --until is.")
@click.option("--until", type=Moment())
@click.option("--after-position", type=click.IntRange(min=0), help="Those after it, from the first on.")
@click.option("--limit", type=click.IntRange(min=1), help="The newest so many of an account. [default: 100 in a table]")
@click.option("--follow", is_flag=True, help="Go on with what comes, until interrupted.")
@as_json
def events(
    sid: str | None,
    account: str | None,
    after_position: int | None,
    limit: int | None,
    *,
    follow: bool,
    as_json: bool,
    **asked: Any,  # noqa: ANN401 - click gives each option its own type
) -> None:
    """Show events, oldest first: a recording's, or all that the options ask for.

    Callback URLs are shown without their secrets, and not at all once their recording is purged. With --json,
    `canonical` is the text that is hashed: in it the URL is sealed, but in events of old with its secrets.
    """
    from service.wiring.event_verbs import events as shown

    which = _filter(sid, asked)
    settings = chosen({name: asked[name] for name in DATABASE})
    limit = limit or (None if sid or as_json else USUAL_LIMIT)
    table = _Table(TIMELINE if sid else TIMELINES, waits=not (as_json or follow), as_json=as_json)
    # An interrupt is how following ends.
    with suppress(*[click.Abort] if follow else []):
        run(shown(settings, account, which, table.take, after=after_position, limit=limit, follows=follow))
    if sid and not table.is_used:
        raise click.ClickException(f"there is no recording {sid}, or no event of it that is asked for")
    table.end()


def _filter(sid: str | None, asked: Mapping[str, Any]) -> Any:  # noqa: ANN401 - its type is imported late
    from service.application.codec import EVENT_TYPES
    from service.application.identifiers import is_sid
    from service.audit.choice import EventFilter

    for name in asked["types"]:
        if name not in EVENT_TYPES:
            raise click.BadParameter(f"'{name}' is not one of {', '.join(EVENT_TYPES)}", param_hint="--type")
    actor = asked["actor"]
    if actor and not (is_sid("SK", actor) or is_sid("AC", actor)):
        raise click.BadParameter(f"'{actor}' is not SK or AC and 32 hex digits", param_hint="--actor")
    return EventFilter(
        types=asked["types"],
        recording_sid=sid,
        call_sid=asked["call"],
        conference_sid=asked["conference"],
        actor_sid=actor,
        request_id=asked["request"],
        occurred_after=asked["since"],
        occurred_before=asked["until"],
    )


class _Table:
    """Takes events as they come. A table knows its columns' widths at the end; lines stand as they come."""

    def __init__(self, columns: tuple[str, ...], *, waits: bool, as_json: bool) -> None:
        self._columns, self._waits, self._as_json = columns, waits, as_json
        self._rows: list[dict[str, Any]] = []
        self.is_used = False

    def take(self, found: list[dict[str, Any]]) -> None:
        self.is_used = self.is_used or bool(found)
        if self._as_json:
            show_all(found, as_json=True)
        elif self._waits:
            self._rows += map(in_words, found)
        else:
            for event in map(in_words, found):
                click.echo("  ".join(f"{event[name]:<9}" for name in self._columns).rstrip())

    def end(self) -> None:
        if self._waits:
            show_all(self._rows, *self._columns, as_json=False)


def in_words(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event as a line of a timeline: what is nothing is left out."""
    data: Mapping[str, Any] = event["data"]
    facts = (
        f"{name}: {_said(SHORTER[name](value) if name in SHORTER else value)}"
        for name, value in data.items()
        if value is not None and name not in {"call_sid", "conference_sid", "public_url"}
    )
    return {
        "position": event["position"],
        "recording": event["recording_sid"],
        "version": event["version"],
        "at": event["occurred_at"].replace("T", " ").removesuffix("Z")[:-3],
        "type": event["type"],
        "by": event["actor"]["sid"] or event["actor"]["role"],
        "facts": ", ".join(facts),
    }


def _tells(name: str, value: object, callback: Mapping[str, Any]) -> bool:
    """Say whether a line is to have it: the host is in the URL, as long as that can be read."""
    return value is not None and (name != "host" or callback.get("url") is None)


def _said(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(map(_said, value.values()))
    return " ".join(map(_said, value)) if isinstance(value, list) else str(value)
