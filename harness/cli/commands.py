"""The commands of `hil`: the bench's own, and those that an installed package adds.

A package adds some with an entry point of the group `hil.commands` that names a `CommandSet`.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
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


BENCH = CommandSet(
    "The bench",
    (
        Command(
            "run",
            "harness.cli.run:run",
            "Run the suite; installs what a fresh machine needs first.",
        ),
        Command(
            "new",
            "harness.cli.new:new",
            "Make a project: a firmware of your own and a test of it that passes.",
        ),
        Command(
            "components",
            "harness.cli.components:components",
            "Print the folder of the C that a firmware of your own is built on.",
        ),
        Command(
            "doctor",
            "harness.cli.doctor:doctor",
            "Show which targets can run here, what is missing and what supplies it.",
        ),
        Command(
            "report",
            "harness.cli.report:report",
            "Make report.html again from a report folder's metrics.jsonl.",
        ),
    ),
)


class NotACommandSet(BenchError):
    """The commands of an installed package cannot be loaded."""

    def __init__(self, name: str, why: object) -> None:
        super().__init__(
            f"The commands of {name} cannot be loaded: {why}.",
            "Install that package again, or remove it.",
        )


@functools.cache
def command_sets() -> tuple[CommandSet, ...]:
    """The bench's own, then the others in the order of their names. Raises NotACommandSet."""
    points = importlib.metadata.entry_points(group=ENTRY_POINTS)
    return BENCH, *(_loaded(point) for point in sorted(points, key=lambda point: point.name))


def _loaded(point: importlib.metadata.EntryPoint) -> CommandSet:
    try:
        found = point.load()
    except Exception as error:
        raise NotACommandSet(point.name, error) from error
    if not isinstance(found, CommandSet):
        raise NotACommandSet(point.name, f"{point.value} is not a CommandSet")
    return found
