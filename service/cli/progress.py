"""How far a long verb has come."""

from typing import Any, Self

import click

from service.cli.show import show


class Shown:
    """A bar on a terminal; and a line for each part when it is done."""

    def __init__(self, *, as_json: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(highlight=False, stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._as_json = as_json

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def begin(self, name: str, rows: int | None) -> None:
        self._task = self._bar.add_task(name, total=rows)

    def advance(self, rows: int) -> None:
        self._bar.advance(self._task, rows)

    def end(self, document: dict[str, Any]) -> None:
        self._bar.remove_task(self._task)
        if self._as_json:
            show(document, as_json=True)
        else:
            facts = (f"{name} {value:,}" if isinstance(value, int) else str(value) for name, value in document.items())
            click.echo("  ".join(facts))
