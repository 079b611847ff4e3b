"""`hil soak`"""

from __future__ import annotations

import click

from harness.cli.run import PYTEST_WORDS, run_suite
from harness.sensing.soak.plan import CLOCK_NAMES


@click.command(context_settings={**PYTEST_WORDS, "help_option_names": ["-h", "--help"]})
@click.option(
    "--duration", default="1h", show_default=True, help="How much of the node's time: 8h, 30m."
)
@click.option(
    "--clock",
    type=click.Choice(CLOCK_NAMES),
    default="auto",
    show_default=True,
    help="What drives the node's time; auto: stepped, but real on a board.",
)
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def soak(duration: str, clock: str, pytest_arguments: tuple[str, ...]) -> int:
    """Let a node work for hours: scenarios in turn, everything measured every minute.

    Other words go to pytest; without --target it runs on qemu. Ctrl-C ends it, with a report of
    what was seen until then.
    """
    words = ("-m", "soak", f"--soak-duration={duration}", f"--soak-clock={clock}")
    return run_suite((*words, *pytest_arguments))
