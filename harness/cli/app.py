"""The command group `hil`, which turns every error into one sentence."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from harness.cli.commands import command_sets
from harness.cli.console import COULD_NOT_RUN, say
from harness.errors import BenchError
from harness.plugin.ended import OrderlyEnd, SessionEnded
from harness.report.verdict import STOPPED_BY_HAND


class _LazyGroup(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [command.name for group in command_sets() for command in group.commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        every = (command for group in command_sets() for command in group.commands)
        found = next((command for command in every if command.name == cmd_name), None)
        return found.load() if found is not None else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for group in command_sets():
            with formatter.section(group.title):
                formatter.write_dl([(command.name, command.summary) for command in group.commands])


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
    end = OrderlyEnd()
    end.turn_on()
    try:
        return _run_command(arguments)
    except Exception as error:
        if os.environ.get("HIL_TRACEBACK"):
            raise
        say(f"error in the tool itself: {type(error).__name__}: {error}")
        say("for the traceback repeat with HIL_TRACEBACK=1")
        return COULD_NOT_RUN
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
    """Says what stopped the command. Only Ctrl-C has a status of its own."""
    if isinstance(wish, SessionEnded):
        say(f"stopped by {wish.name}")
        return COULD_NOT_RUN
    say("stopped")
    return STOPPED_BY_HAND


def _read_enough() -> int:
    """The reader of the output has closed the pipe: nothing may be flushed into it any more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
