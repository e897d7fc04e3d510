"""Whether the log, its seals, what is read and what is heard are what they were."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from service.cli.show import show, show_all
from service.cli.verb import DATABASE, Flags, Verb, as_json, chosen, run

KEY_BYTES = 32
KEYS = ("seal_key", "seal_key_file", "sealing_key", "sealing_key_file")
TITLES = {
    "accounts": "accounts",
    "events": "events",
    "events_not_sealed": "of them not under a seal yet",
    "events_archived": "events read from the archive",
    "seals": "seals",
    "recordings": "recordings in the read models",
    "media": "files of sound",
    "media_elsewhere": "recordings elsewhere: not looked at",
    "media_key_missing": "recordings sealed with a key that is not here: not looked at",
}


class PublicKey(click.ParamType[bytes]):
    name = "public key"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> bytes:
        try:
            found = bytes.fromhex(value)
        except ValueError:
            found = b""
        if len(found) != KEY_BYTES:
            self.fail(f"'{value}' is no public key: 64 hex digits, as GET /v1/Integrity/Keys has it", param, ctx)
        return found


@click.command(cls=Verb, takes=(*DATABASE, *KEYS))
@click.option("--no-media", "without_media", is_flag=True, help="Leave the files of sound out.")
@click.option("--since-seal", type=click.IntRange(1), help="Take what this seal covers for granted.")
@click.option("--key", "keys", type=PublicKey(), multiple=True, help="A public key that is known to be the service's.")
@click.option("--seals", "kept", type=click.Path(path_type=Path), help="A file of seals that were kept elsewhere.")
@as_json
def verify(
    keys: tuple[bytes, ...],
    kept: Path | None,
    since_seal: int | None,
    *,
    without_media: bool,
    as_json: bool,
    **flags: Flags,
) -> None:
    """Hold chains, seals, read models and media against the log.

    Exit status 1 when something differs.
    """
    from service.wiring.verifying import Asked, verify

    asked = Asked(media=not without_media, since_seal=since_seal or 0, keys=keys, kept=kept)
    with _bars() as told:
        report = run(verify(chosen(flags), asked, told))
    if as_json:
        show(report, as_json=True)
    else:
        _tell(report)
    if not report["holds"]:
        raise SystemExit(1)


def _tell(report: dict[str, Any]) -> None:
    show_all(report["faults"], as_json=False)
    for name, count in report["checked"].items():
        if count or name in {"events", "seals"}:
            click.echo(f"{count} {TITLES[name]}")
    if report["checked"]["seals"] and not report["seal_key_known"]:
        click.echo("No key of the seals is known here: who made them is not proved; name the public key with --key.")
    click.echo("Everything holds." if report["holds"] else f"{len(report['faults'])} faults.")


@contextmanager
def _bars() -> Iterator[Callable[[str, int, int], None]]:
    """Yield what moves a bar for each part, on a terminal alone."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, Any] = {}

        def told(part: str, total: int, more: int) -> None:
            if part not in tasks:
                tasks[part] = bars.add_task(part, total=total)
            bars.advance(tasks[part], more)

        yield told
