"""`hil replay`"""

from __future__ import annotations

import json
from pathlib import Path

import click

from harness.cli.console import print_json
from harness.cli.run import PYTEST_WORDS, run_suite
from harness.report import ReportFolder
from harness.target import find_target, project_root
from harness.target.registry import DEFAULT_TARGET

_DATA = "replay.json"
_TEST = "hil_tests/test_replay.py::test_a_recording_gives_the_twins_features"


@click.command(context_settings={**PYTEST_WORDS, "help_option_names": ["-h", "--help"]})
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--target", default=DEFAULT_TARGET, show_default=True, help="Where the node runs.")
@click.option("--node", type=int, help="The node, when FILE has several.")
@click.option("--sender", help="The node's address, when several have the same id.")
@click.option("--rate", type=float, help="Frames a second, when FILE has no times.")
@click.option(
    "--every",
    type=click.FloatRange(min=1.0),
    help="Seconds for each line of the table. [default: by length]",
)
@click.option("--report-dir", type=click.Path(file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a script.")
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def replay(
    file: Path,
    target: str,
    node: int | None,
    sender: str | None,
    rate: float | None,
    every: float | None,
    report_dir: Path | None,
    as_json: bool,
    pytest_arguments: tuple[str, ...],
) -> int:
    """Feed the raw frames in FILE into a node: what does it say of the room, and is it right?

    FILE is anything that `hil decode` reads. What the node said over time is printed, and drawn in
    replay.html in the report folder. Its features are compared with the numpy twin's. Other words
    go to pytest. Exit status 1 when a feature differs from the twin's by more than its bound, 2
    when there is nothing to replay.
    """
    find_target(target)
    folder = report_dir or ReportFolder.create(project_root() / "reports", f"replay-{target}").path
    words = ["--target", target, f"--report-dir={folder.resolve()}"]
    words += [f"--recording={file.resolve()}"]
    options = {"node": node, "sender": sender, "rate": rate, "every": every}
    words += [f"--recording-{name}={value}" for name, value in options.items() if value is not None]
    status = run_suite((*words, *pytest_arguments, _TEST), to_stderr=as_json)
    if as_json:
        _print_json(folder)
    return status


def _print_json(folder: Path) -> None:
    """Prints what the replay wrote into the folder; without it nothing was replayed."""
    data = folder / _DATA
    print_json(json.loads(data.read_text(encoding="utf-8")) if data.exists() else {"boots": []})
