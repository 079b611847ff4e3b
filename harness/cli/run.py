"""`hil run`"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

import click

from harness.cli.console import COULD_NOT_RUN, say
from harness.doctor import supply
from harness.target import Target, find_target, project_root
from harness.target.portable import HOST, QEMU
from harness.target.registry import DEFAULT_TARGET

# pytest's own exit statuses beyond 2 (internal error, usage error, nothing collected).
_PYTEST_STATUSES = {0: 0, 1: 1}

_FOLDER_OPTIONS = ("--report-dir", "--firmware-dir", "--build-dir")

_MOST_WORKERS = 4
# Words that choose tests, workers or nodes, or that need pytest in one process.
_CHOSEN = (
    *("-n", "--numprocesses", "--dist", "-p", "--count"),
    *("-k", "-m", "--deselect", "--lf", "--last-failed", "--sw", "--stepwise", "--co"),
    *("-s", "--capture", "--pdb", "--trace"),
)

PYTEST_WORDS = {"ignore_unknown_options": True}
"""Of a command that hands on to pytest what it does not know."""


@click.command(
    context_settings={**PYTEST_WORDS, "allow_interspersed_args": False, "help_option_names": []}
)
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def run(pytest_arguments: tuple[str, ...]) -> int:
    """Run the suite. Every word is handed to pytest; without --target it runs on qemu.

    What the target needs is installed first where that needs no password. The whole suite runs on
    several nodes at once on qemu and host, one a core; -n 1 makes it one.
    """
    if "--help" in pytest_arguments or "-h" in pytest_arguments:
        click.echo("hil run [--target qemu|host] [any option of pytest, see pytest --help]")
        return 0
    return run_suite(pytest_arguments)


def run_suite(pytest_arguments: tuple[str, ...], to_stderr: bool = False) -> int:
    """Supplies what the target needs, and runs pytest. Returns the exit status of `hil`.

    to_stderr: what pytest prints is no part of the command's own output.
    """
    name = option_value(pytest_arguments, "--target")
    target = find_target(name or DEFAULT_TARGET)
    supply(target.requirements, f"to run target {target.name}", say)
    arguments = list(pytest_arguments)
    if name is None:
        arguments[:0] = ["--target", DEFAULT_TARGET]
    status = run_pytest([*arguments, *workers(arguments, target)], to_stderr)
    return _PYTEST_STATUSES.get(status, COULD_NOT_RUN)


def workers(arguments: Sequence[str], target: Target) -> list[str]:
    """For the whole suite a node on each core, where nodes cost nothing; -n 1 leaves it at one.

    Whoever names tests, counts nodes or looks at one gets the one process that pytest is.
    """
    cores = min(os.cpu_count() or 1, _MOST_WORKERS)
    words = _joined(arguments)
    chosen = any(word.startswith(_CHOSEN) for word in words)
    places = [word.partition("::")[0] for word in words if not word.startswith("-")]
    names_tests = any((project_root() / place).exists() for place in places if place)
    many = target.name in (QEMU.name, HOST.name)
    return ["-n", str(cores)] if many and cores > 1 and not (chosen or names_tests) else []


def run_pytest(arguments: list[str], to_stderr: bool = False) -> int:
    """pytest in a process of its own, at the project's root. Returns its exit status."""
    command = [sys.executable, "-m", "pytest", *_joined(arguments)]
    out = sys.stderr if to_stderr else None
    with subprocess.Popen(command, cwd=project_root(), stdout=out) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                # pytest got it as well; its summary and report are worth waiting for.
                continue


def _joined(arguments: Sequence[str]) -> list[str]:
    """`--report-dir X` as one word. A folder that exists and stands alone pytest takes for the
    place of the tests, and then finds no configuration there."""
    joined: list[str] = []
    for word in arguments:
        if joined and joined[-1] in _FOLDER_OPTIONS:
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def option_value(arguments: tuple[str, ...], option: str) -> str | None:
    """The last value of `option` in a command line, as `--option value` or `--option=value`."""
    value = None
    for index, word in enumerate(arguments):
        if word == option and index + 1 < len(arguments):
            value = arguments[index + 1]
        elif word.startswith(f"{option}="):
            value = word.partition("=")[2]
    return value
