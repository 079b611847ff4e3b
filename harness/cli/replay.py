"""`hil replay`"""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.run import PYTEST_WORDS, run_suite
from harness.target.registry import DEFAULT_TARGET

_TEST = "hil_tests/test_replay.py::test_a_recording_gives_the_twins_features"


@click.command(context_settings={**PYTEST_WORDS, "help_option_names": ["-h", "--help"]})
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--target", default=DEFAULT_TARGET, show_default=True, help="Where the node runs.")
@click.option("--node", type=int, help="Whose frames, when there are several nodes in FILE.")
@click.option("--rate", type=float, help="Frames a second, when FILE has no feature states.")
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def replay(
    file: Path,
    target: str,
    node: int | None,
    rate: float | None,
    pytest_arguments: tuple[str, ...],
) -> int:
    """Feed the raw frames in FILE into a node and compare its features with the numpy twin's.

    FILE is anything that `hil decode` reads. Every word behind it that is not known here is handed
    to pytest. Exit status 1 when a feature is further from the twin's than its bound.
    """
    words = ["--target", target, f"--recording={file.resolve()}"]
    words += [] if node is None else [f"--recording-node={node}"]
    words += [] if rate is None else [f"--recording-rate={rate}"]
    return run_suite((*words, *pytest_arguments, _TEST))
