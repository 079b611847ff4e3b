"""The command group, and the boundary at which every error becomes one sentence."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

import click

from harness.cli.console import COULD_NOT_RUN, say
from harness.errors import BenchError
from harness.plugin.ended import OrderlyEnd, SessionEnded
from harness.report.verdict import STOPPED_BY_HAND

# Command -> module and function. A command's module is imported when the command is used, so that
# `hil --help` and `hil run` do not wait for numpy.
_COMMANDS = {
    "run": "harness.cli.run:run",
    "test": "harness.cli.selftest:test",
    "soak": "harness.cli.soak:soak",
    "doctor": "harness.cli.doctor:doctor",
    "blob": "harness.cli.blob:blob",
    "decode": "harness.cli.decode:decode",
    "record": "harness.cli.record:record",
    "import": "harness.cli.import_:import_",
    "replay": "harness.cli.replay:replay",
    "sense": "harness.cli.sense:sense",
    "provision": "harness.cli.provision:provision",
    "train": "harness.cli.train:train",
    "deploy": "harness.cli.deploy:deploy",
    "gate": "harness.cli.gate:gate",
    "size": "harness.cli.size:size",
    "bench": "harness.cli.bench:bench",
    "reliability": "harness.cli.reliability:reliability",
    "fixtures": "harness.cli.fixtures:fixtures",
    "report": "harness.cli.report:report",
}

_SUMMARIES = {
    "run": "Run the suite; installs what a fresh machine needs first.",
    "test": "Run the project's own tests: linters, unit tests, the suite in five configurations.",
    "soak": "Let a node work for hours, and measure everything every minute.",
    "doctor": "Show which targets can run here, what is missing and what supplies it.",
    "blob": "Make, show and check weight blobs (.rvne).",
    "decode": "Decode packets from a capture, a serial port or the network.",
    "record": "Write what a node sends to a capture file.",
    "import": "Make a recording of channel state that another tool wrote.",
    "replay": "Feed a recording into a node and compare its features with the twin's.",
    "sense": "Print each feature's error against its twin, and what is said of each scenario.",
    "provision": "Write a node's settings to a board, or to a file.",
    "train": "Train a model on recordings, tested on persons whom it has not seen.",
    "deploy": "Write a model into a node, and prove that it runs there.",
    "gate": "Judge whether sparse attention may take the place of dense.",
    "size": "Show what the image takes, against both partition layouts and the head's budget.",
    "bench": "Measure speed and memory against targets, published figures and earlier runs.",
    "reliability": "Show that no verdict is false: sessions with drawn faults, and what they say.",
    "fixtures": "Make the files in fixtures/ again.",
    "report": "Make report.html again from a report folder's metrics.jsonl.",
}


class _LazyGroup(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, _SUMMARIES[name]) for name in _COMMANDS])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Hardware-in-the-loop tests of sensing nodes.

    Exit status: 0 good, 1 found something wrong, 2 could not run, 130 stopped by Ctrl-C.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the tool and ends the process with its exit status."""
    sys.exit(run_cli(sys.argv[1:] if arguments is None else arguments))


def run_cli(arguments: Sequence[str]) -> int:
    """Runs the tool. Returns the exit status; no exception leaves this function."""
    if os.environ.get("HIL_TRACEBACK"):
        return _invoke(arguments)
    try:
        return _invoke(arguments)
    except Exception as error:  # noqa: BLE001 - a fault of the tool itself: still one sentence
        say(f"fault in the tool itself: {type(error).__name__}: {error}")
        say("set HIL_TRACEBACK=1 and repeat to see where")
        return COULD_NOT_RUN


def _invoke(arguments: Sequence[str]) -> int:
    end = OrderlyEnd()
    end.turn_on()
    try:
        return _run_command(arguments)
    finally:
        end.turn_off()


def _run_command(arguments: Sequence[str]) -> int:
    try:
        status = cli.main(args=list(arguments), prog_name="hil", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return COULD_NOT_RUN
    except (click.Abort, KeyboardInterrupt) as wish:
        return _stopped(wish if isinstance(wish, KeyboardInterrupt) else wish.__cause__)
    except BenchError as error:
        say(str(error))
        return COULD_NOT_RUN
    except (BrokenPipeError, SystemExit):  # click makes an exit of a closed pipe
        return _read_enough()
    except OSError as error:
        say(f"{error.filename or 'system'}: {error.strerror or error}")
        return COULD_NOT_RUN
    return status if isinstance(status, int) else 0


def _stopped(wish: BaseException | None) -> int:
    """SIGTERM and SIGHUP are nobody's hand."""
    if isinstance(wish, SessionEnded):
        say(f"stopped by {wish.name}")
        return COULD_NOT_RUN
    say("stopped")
    return STOPPED_BY_HAND


def _read_enough() -> int:
    """Whoever read the output has read enough. Nothing may be flushed into the closed pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
