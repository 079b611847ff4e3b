"""How the commands print."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from harness.visible import visible, visible_json

GOOD, FOUND_WRONG, COULD_NOT_RUN = 0, 1, 2

Rows = Iterable[Sequence[str]]
_WIDTH = 200  # characters, where the output is not a terminal: no line is broken


def say(line: str) -> None:
    """Prints a line about the progress, to the standard error, apart from the command's output."""
    click.echo(f"hil: {visible(line)}", err=True)


def print_json(value: Any) -> None:
    """Prints `value` as JSON, for a script."""
    click.echo(visible_json(value, indent=2))


def print_line(text: str) -> None:
    """Prints a line of the command's output."""
    click.echo(visible(text))


def print_table(columns: Sequence[str], rows: Rows, title: str = "") -> None:
    """Prints a table. Its lines are not wrapped where the output is not a terminal."""
    width = None if sys.stdout.isatty() else _WIDTH
    Console(width=width, highlight=False, markup=False).print(_table(columns, rows, title))


def table_text(
    columns: Sequence[str], rows: Rows, title: str = "", numbers: slice = slice(0)
) -> str:
    """Such a table as text. numbers: the columns whose cells are aligned to the right."""
    out = io.StringIO()
    console = Console(file=out, width=_WIDTH, highlight=False, markup=False)
    console.print(_table(columns, rows, title, numbers))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def _table(columns: Sequence[str], rows: Rows, title: str, numbers: slice = slice(0)) -> Table:
    table = Table(*columns, title=title or None, title_justify="left", box=None, pad_edge=False)
    for column in table.columns[numbers]:
        column.justify = "right"
    for row in rows:
        table.add_row(*map(visible, row))
    return table
