"""`hil run`"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import click

from harness.cli.commands import command_sets
from harness.cli.console import COULD_NOT_RUN, say
from harness.doctor.provision import supply
from harness.interrupt import asked_to_end
from harness.report import STOPPED_BY_HAND, ReportFolder
from harness.target import Target, checkout, find_target
from harness.target.esp_idf import CHIPS
from harness.target.portable import HOST, QEMU
from harness.target.registry import DEFAULT_TARGET

# Any other exit status of pytest (internal error, usage error, no tests) becomes 2.
_PYTEST_STATUSES = {0: 0, 1: 1, STOPPED_BY_HAND: STOPPED_BY_HAND}

_SUITE = "hil_tests"
_MOST_WORKERS = 4
# Words that choose tests, workers or nodes, or that need pytest in one process.
_CHOSEN = (
    *("-n", "--numprocesses", "--dist", "-p", "--count"),
    *("-k", "-m", "--deselect", "--lf", "--last-failed", "--sw", "--stepwise", "--co"),
    *("-s", "--capture", "--pdb", "--trace", "--setup-plan", "--setup-only"),
)
# Options that say which board; a board serves one session at a time.
_BOARD = ("--port", "--port-location", "--port-serial-number", "--port-mac")
_FOLDER_OPTIONS = ("--report-dir", "--firmware-dir", "--build-dir")
# Options whose value is the next word, which then does not name tests.
_WITH_VALUE = frozenset(
    {
        *("-k", "-m", "-n", "-p", "-c", "-o", "-W", "-r"),
        *_FOLDER_OPTIONS,
        *("--target", "--overlay", "--baud"),
        "--count",
        *("--junitxml", "--junit-xml", "--rootdir", "--confcutdir", "--basetemp", "--ignore"),
        *("--deselect", "--numprocesses", "--dist", "--maxfail", "--durations", "--tb", "--color"),
        *("--app-path", "--embedded-services", "--flash-port", "--ignore-glob", "--capture"),
        *_BOARD,
    }
)

PYTEST_WORDS = {"ignore_unknown_options": True}
"""For a command that hands options that it does not know to pytest."""


@click.command(context_settings={**PYTEST_WORDS, "help_option_names": []})
@click.option("--repeat", "rounds", type=click.IntRange(1))
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def run(pytest_arguments: tuple[str, ...], rounds: int | None) -> int:
    """Run the suite. Every word but --repeat is handed to pytest; without --target it runs on qemu.

    What the target needs is installed first where that needs no password. On qemu and host the
    whole suite runs on several nodes at once, one for each core; -n 1 makes it one. --repeat N runs
    it N times and prints the tests whose verdicts differ.
    """
    if "--help" in pytest_arguments or "-h" in pytest_arguments:
        usage = "[--target qemu|host] [--repeat N] [any option of pytest, see pytest --help]"
        click.echo(f"hil run {usage}")
        return 0
    if rounds is None:
        return run_suite(pytest_arguments)
    from harness.cli.repeat import repeat

    given = option_value(pytest_arguments, "--report-dir")
    parent = (checkout() or Path.cwd()) / "reports"
    folder = Path(given).absolute() if given else ReportFolder.create(parent, "repeat").path
    return repeat(lambda own: run_suite((*pytest_arguments, f"--report-dir={own}")), rounds, folder)


def run_suite(pytest_arguments: tuple[str, ...], to_stderr: bool = False) -> int:
    """Installs what the target needs, and runs pytest. Returns the exit status of `hil`.

    to_stderr: pytest prints to the standard error, so that the command's own output stands alone.
    """
    name = option_value(pytest_arguments, "--target")
    target = find_target(name or DEFAULT_TARGET, _board(pytest_arguments, name))
    supply(target.requirements, f"to run target {target.name}", say)
    arguments = list(pytest_arguments)
    if name is None:
        arguments[:0] = ["--target", DEFAULT_TARGET]
    status = run_pytest([*arguments, *workers(arguments, target)], to_stderr)
    return _PYTEST_STATUSES.get(status, COULD_NOT_RUN)


def _board(words: tuple[str, ...], target: str | None) -> str:
    """The value that names the board; empty when there is none. ESP-IDF's variable is for chips."""
    named = [option_value(words, option) for option in _BOARD]
    return next(filter(None, named), "") or (
        os.environ.get("ESPPORT", "") if target in CHIPS else ""
    )


def workers(arguments: Sequence[str], target: Target) -> list[str]:
    """Options of pytest-xdist for the whole suite: a node for each core, where nodes are emulated.

    A command line that chooses tests, nodes, workers or a board, or that shows output, gets none.
    """
    cores = min(os.cpu_count() or 1, _MOST_WORKERS)
    words = _joined(arguments)
    chosen = any(word.startswith((*_CHOSEN, *_BOARD)) for word in words)
    many = target.name in (QEMU.name, HOST.name)
    return ["-n", str(cores)] if many and cores > 1 and not (chosen or _places(words)) else []


def run_pytest(arguments: list[str], to_stderr: bool = False) -> int:
    """Runs pytest in a process of its own, in the current folder. Returns its exit status.

    Ctrl-C, SIGTERM and SIGHUP are handed on to it, and it is waited for.
    """
    command = [sys.executable, "-m", "pytest", *_from_here(_joined(arguments))]
    with subprocess.Popen(command, stdout=sys.stderr if to_stderr else None) as process:

        def hand_on(number: int, _frame: FrameType | None) -> None:
            # A Windows console sends Ctrl-C to both processes. A terminal does too, but there the
            # session counts two that arrive at the same time as one.
            if sys.platform != "win32" or number != signal.SIGINT:
                process.send_signal(number)

        with asked_to_end(hand_on):
            return process.wait()


def _from_here(words: list[str]) -> list[str]:
    """The command line with the places of tests as seen from the current folder. A place that is
    not there is one of this project. Tests outside of it belong to another project, with its own
    configuration."""
    root, here = checkout(), Path.cwd()
    if root is None:
        return words
    named = [Path(words[index].partition("::")[0]) for index in _places(words)]
    is_theirs = any(p.exists() and not p.resolve().is_relative_to(root) for p in named)
    if here == root or is_theirs:
        return words
    placed = list(words)
    for index in _places(words):
        place = words[index].partition("::")[0]
        if not Path(place).exists():
            placed[index] = os.path.relpath(root, here) + os.sep + words[index]
    if not _places(words):
        placed.append(str(root / _SUITE))
    has_configuration = any(word == "-c" or word.startswith("--config-file") for word in words)
    return placed if has_configuration else ["-c", str(root / "pyproject.toml"), *placed]


def _places(words: Sequence[str]) -> list[int]:
    """Indices of the words that name tests, by a path from here or from the project's root."""
    root = checkout() or Path.cwd()
    with_value = _WITH_VALUE.union(*(group.pytest_options for group in command_sets()))
    found = []
    for index, word in enumerate(words):
        place = word.partition("::")[0]
        is_value = index > 0 and words[index - 1] in with_value
        if not place or is_value or word.startswith("-"):
            continue
        if Path(place).exists() or (root / place).exists():
            found.append(index)
    return found


def _joined(arguments: Sequence[str]) -> list[str]:
    """The words with `--report-dir X` as one: pytest would take the name of an existing folder for
    the place of the tests, and look for its configuration there."""
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
