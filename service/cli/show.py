"""Answers as JSON, one object a line, or as a table for people."""

from collections.abc import Sequence
from typing import Any

import click

UNBOUNDED = 100_000


def show(document: dict[str, Any], *, as_json: bool) -> None:
    """Show one thing: a line a field."""
    if as_json:
        _lines([document])
    else:
        width = max(map(len, document))
        for name, value in document.items():
            click.echo(f"{_title(name):<{width}}  {'' if value is None else value}")


def show_all(documents: Sequence[dict[str, Any]], *names: str, as_json: bool) -> None:
    """Show a list: the columns named, or all; wrapped to a terminal, a line a row elsewhere.

    That it is empty is said on standard error: what is piped has rows alone.
    """
    if as_json:
        _lines(documents)
    elif documents:
        _table(documents, names or tuple(documents[0]))
    else:
        click.echo("None found.", err=True)


def _lines(documents: Sequence[dict[str, Any]]) -> None:
    import orjson

    for document in documents:
        click.echo(orjson.dumps(document))


def _table(documents: Sequence[dict[str, Any]], names: Sequence[str]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = UNBOUNDED
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in names:
        table.add_column(_title(name), overflow="fold")
    for document in documents:
        # Text, not str: what a customer called an account is no markup.
        table.add_row(*(Text("" if document[name] is None else str(document[name])) for name in names))
    console.print(table)


def _title(name: str) -> str:
    words = name.replace("_", " ")
    return "SID" if words == "sid" else words[:1].upper() + words[1:].replace(" sid", " SID")
