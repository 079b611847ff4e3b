"""The commands of `hil`: the bench's own, and those that an installed package adds.

A package adds some with an entry point of the group `hil.commands` that names a `CommandSet`.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import keyword
from collections.abc import Mapping
from dataclasses import dataclass

import click

from harness.errors import BenchError

ENTRY_POINTS = "hil.commands"


@dataclass(frozen=True)
class Command:
    """A command of `hil`.

    place: `module:function`. The module is imported only when the command is used, so that
    `hil --help` and `hil run` do not wait for numpy.
    """

    name: str
    place: str
    summary: str

    def load(self) -> click.Command:
        module, _, name = self.place.partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command


@dataclass(frozen=True)
class CommandSet:
    """Commands under one title of `hil --help`.

    pytest_options: options that the package adds to pytest whose value is the next word, so that
    `hil run` does not take that word for the name of tests.
    """

    title: str
    commands: tuple[Command, ...]
    pytest_options: tuple[str, ...] = ()


def commands_of(package: str, summaries: Mapping[str, str]) -> tuple[Command, ...]:
    """Commands whose module in `package` and whose function have the command's name; a keyword of
    Python gets a `_` behind it."""
    words = {name: f"{name}_" if keyword.iskeyword(name) else name for name in summaries}
    return tuple(
        Command(name, f"{package}.{words[name]}:{words[name]}", summary)
        for name, summary in summaries.items()
    )


BENCH = CommandSet(
    "The bench",
    commands_of(
        "harness.cli",
        {
            "run": "Run the suite; installs what a fresh machine needs first.",
            "new": "Make a project: a firmware of your own and a test of it that passes.",
            "components": "Print the folder of the C that a firmware of your own is built on.",
            "doctor": "Show which targets can run here, what is missing and what supplies it.",
            "report": "Make report.html again from a report folder's metrics.jsonl.",
        },
    ),
)


@functools.cache
def command_sets() -> tuple[CommandSet, ...]:
    """The bench's own, then the others in the order of their names. Raises BenchError for commands
    of an installed package that cannot be loaded."""
    points = importlib.metadata.entry_points(group=ENTRY_POINTS)
    return BENCH, *(_loaded(point) for point in sorted(points, key=lambda point: point.name))


def _loaded(point: importlib.metadata.EntryPoint) -> CommandSet:
    why: object = f"{point.value} is not a CommandSet"
    try:
        if isinstance(found := point.load(), CommandSet):
            return found
    except Exception as error:  # noqa: BLE001 - whatever that package raises
        why = error
    raise BenchError(
        f"The commands of {point.name} cannot be loaded: {why}.",
        "Install that package again, or remove it.",
    )
