"""How far long work has come: a bar with rate and time left on a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import Task

    from service.projections.progress import Progress

LINE_SECONDS = 5.0
"""How often plain lines tell of the same step."""


@contextmanager
def shown(*, quiet: bool = False) -> Iterator[Callable[["Progress"], None]]:
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
