"""The whole product in one command."""

from pathlib import Path

import click

from service.cli.events import in_words
from service.cli.show import show_all
from service.cli.verb import run


@click.command()
@click.option(
    "--to", "folder", type=click.Path(path_type=Path), default="recordkeeper-demo", help="Where the files go."
)
@click.option("--speed", type=click.FloatRange(0.1, 20), default=1.0, help="1 is real time: 45 seconds.")
def demo(folder: Path, speed: float) -> None:
    """Record a real conversation in a throwaway service, and show what came of it."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from service.demo.story import Teller, play
    from service.wiring.logs import configure_logs

    configure_logs("auto", "warning")
    console = Console(highlight=False, soft_wrap=True)
    columns = (TextColumn("the conversation"), BarColumn(), TextColumn("{task.completed:.0f} s"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=44.56)
        shown = run(
            play(folder, speed, Teller(say=console.print, heard=lambda at: progress.update(task, completed=at)))
        )
    console.print("\nThe audit trail:")
    show_all([in_words(event) for event in shown.events], "version", "at", "type", "facts", as_json=False)
    signed = "signed as Twilio signs" if shown.callback.is_signed else "NOT SIGNED AS TWILIO SIGNS"
    console.print(f"\nThe callback to {shown.callback.url}, {signed}:")
    for name, value in sorted(shown.callback.form.items()):
        console.print(f"  {name} = {value}")
    console.print("\nThe files (first channel: the caller; second: the agent; without the digits):")
    for path in shown.files:
        console.print(f"  {path.absolute()}  ({path.stat().st_size:,} bytes)")
