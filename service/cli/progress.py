"""How far long work has come: a bar on a terminal; elsewhere plain lines, or what is done."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

import click

from service.cli.show import show

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import Task

    from service.projections.progress import Progress

LINE_SECONDS = 5.0
"""How often plain lines tell of the same step."""


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
            known = {name: value for name, value in document.items() if value is not None}
            facts = (f"{name} {value:,}" if isinstance(value, int) else str(value) for name, value in known.items())
            click.echo("  ".join(facts))


@contextmanager
def steps(*, quiet: bool = False) -> Iterator[Callable[["Progress"], None]]:
    """Yield what takes in progress and shows it on stderr; `quiet` shows nothing."""
    from rich.console import Console

    console = Console(stderr=True)
    if quiet:
        yield lambda _: None
    elif console.is_terminal:
        with _bar(console) as bar:
            yield _Bars(bar)
    else:
        yield _Lines()


class _Bars:
    def __init__(self, bar: "Bar") -> None:
        self._bar = bar
        self._task = bar.add_task("", total=None)
        self._shown: tuple[str, bool] | None = None

    def __call__(self, told: "Progress") -> None:
        what, measured = f"{told.projection}: {told.doing}", bool(told.total)
        if self._shown and measured and self._shown != (told.projection, measured):
            self._bar.reset(self._task)
        self._shown = (told.projection, measured)
        self._bar.update(self._task, description=what, completed=told.done, total=told.total or None)


class _Lines:
    def __init__(self) -> None:
        self._last: tuple[str, str] | None = None
        self._at = 0.0

    def __call__(self, told: "Progress") -> None:
        step, now = (told.projection, told.doing.partition(":")[0]), time.monotonic()
        if step == self._last and now - self._at < LINE_SECONDS:
            return
        self._last, self._at = step, now
        count = f" {told.done} of {told.total} events" if told.total else ""
        click.echo(f"{told.projection}: {told.doing}{count}", err=True)


def _bar(console: "Console") -> "Bar":
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: "Task") -> Text:
            return Text(f"{task.speed:,.0f}/s" if task.speed else "")

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    return Progress(*columns, console=console)
