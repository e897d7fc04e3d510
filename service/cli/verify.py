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
    "accounts": "account{s}",
    "events": "event{s}",
    "events_not_sealed": "of them not under a seal yet",
    "events_archived": "event{s} read from the archive",
    "seals": "seal{s}",
    "recordings": "recording{s} in the read models",
    "media": "file{s} of sound",
    "media_elsewhere": "recording{s} elsewhere: not looked at",
    "media_key_missing": "recording{s} sealed with a key that is not here: not looked at",
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
    if faults := report["faults"]:
        show_all(faults, as_json=False)
    for name, count in report["checked"].items():
        if count or name in {"events", "seals"}:
            click.echo(_counted(count, TITLES[name]))
    if report["checked"]["seals"] and not report["seal_key_known"]:
        click.echo("No key of the seals is known here: who made them is not proved; name the public key with --key.")
    for warning in report["warnings"]:
        click.echo(f"WARNING: {warning}.")
    holds = "All that was looked at holds." if report["warnings"] else "Everything holds."
    click.echo(f"{_counted(len(faults), 'fault{s}')}." if faults else holds)


def _counted(count: int, title: str) -> str:
    return f"{count} {title.format(s='' if count == 1 else 's')}"


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
