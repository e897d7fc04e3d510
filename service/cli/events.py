"""What the log says."""

from collections.abc import Callable, Mapping
from typing import Any

import click

from service.cli.show import show_all
from service.cli.verb import DATABASE, Flags, Sid, Verb, as_json, chosen, run

SHORTER: dict[str, Callable[[Any], object]] = {
    "peaks": lambda tracks: f"of {len(tracks)} channels",
    "encryption": lambda encryption: encryption["public_key_sid"],
}
"""What is too long for a line; `--json` has it whole."""
TIMELINE = ("version", "at", "type", "by", "facts")


@click.command(cls=Verb, takes=DATABASE)
@click.argument("sid", type=Sid("RE"))
@as_json
def events(sid: str, *, as_json: bool, **flags: Flags) -> None:
    """Show a recording's events, oldest first."""
    from service.wiring import verbs

    found = run(verbs.events(chosen(flags), sid))
    if not found:
        raise click.ClickException(f"there is no recording {sid}")
    show_all(found if as_json else [in_words(event) for event in found], *TIMELINE, as_json=as_json)


def in_words(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event as a line of a timeline: what is nothing is left out."""
    data: Mapping[str, Any] = event["data"]
    facts = (
        f"{name}: {_said(SHORTER[name](value) if name in SHORTER else value)}"
        for name, value in data.items()
        if value is not None and name not in {"call_sid", "conference_sid", "public_url"}
    )
    return {
        "version": event["version"],
        "at": event["occurred_at"].replace("T", " ").removesuffix("Z")[:-3],
        "type": event["type"],
        "by": event["actor"]["sid"] or event["actor"]["role"],
        "facts": ", ".join(facts),
    }


def _said(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(map(_said, value.values()))
    return " ".join(map(_said, value)) if isinstance(value, list) else str(value)
