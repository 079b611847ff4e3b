"""What the commands say, and how."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from harness.visible import visible, visible_json

GOOD, FOUND_WRONG, COULD_NOT_RUN = 0, 1, 2


def say(line: str) -> None:
    """A line about what goes on; it never mixes with the output proper."""
    click.echo(f"hil: {visible(line)}", err=True)


def print_json(value: Any) -> None:
    """`value` for a script."""
    click.echo(visible_json(value, indent=2))


def print_line(text: str) -> None:
    """A line of the output proper."""
    click.echo(visible(text))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> None:
    """A table for a person; plain text and unwrapped where the output is not a terminal."""
    table = Table(*columns, title=title or None, title_justify="left", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*map(visible, row))
    width = None if sys.stdout.isatty() else 200
    Console(width=width, highlight=False, markup=False).print(table)
