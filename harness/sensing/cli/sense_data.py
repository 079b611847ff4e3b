"""`hil sense --data`"""

from __future__ import annotations

import os
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from harness.cli.console import (
    COULD_NOT_RUN,
    FOUND_WRONG,
    GOOD,
    print_json,
    print_line,
    print_table,
    say,
)
from harness.cli.run import run_suite
from harness.errors import BenchError
from harness.report import ReportFolder
from harness.report.journal import Record, read_journal
from harness.sensing.figure import COLUMNS, row
from harness.sensing.recordings.frames import Recording
from harness.sensing.recordings.manifest import VARIABLE, read_folder
from harness.sensing.sense.page import pictures, write_page
from harness.sensing.sense.scoreboard import Scoreboard, measure
from harness.target import project_root

_ON_A_NODE = "hil_tests/test_recordings.py"


def sense_data(
    data: Path,
    target: str,
    report_dir: Path | None,
    as_json: bool,
    pytest_arguments: tuple[str, ...],
) -> int:
    """Prints every figure beside its target; returns the exit status.

    Raises: BadRecording, NothingToMeasure.
    """
    board = _heard(read_folder(data))
    folder = report_dir or ReportFolder.create(project_root() / "reports", "sense-data").path
    folder.mkdir(parents=True, exist_ok=True)
    status, records = _on_a_node(data, target, folder, pytest_arguments)
    figures = board.figures(records)
    page = folder / "sense.html"
    write_page(page, figures, pictures(board), f"How right the node is on {data.resolve().name}")
    if as_json:
        print_json({"figures": [figure.to_json() for figure in figures], "page": str(page)})
    else:
        print_table(COLUMNS, [row(figure) for figure in figures])
        print_line(f"page: {page}")
    if status == COULD_NOT_RUN:
        return status
    if status != GOOD:
        say(f"on {target} the node does not say what the library says: {folder / 'report.html'}")
    missed = any(figure.met is False for figure in figures)
    return FOUND_WRONG if missed or status != GOOD else GOOD


def _heard(recordings: list[Recording]) -> Scoreboard:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(f"hearing {len(recordings)} recordings", total=None)
        return measure(recordings, lambda done, of: progress.update(task, completed=done, total=of))


def _on_a_node(
    data: Path, target: str, folder: Path, pytest_arguments: tuple[str, ...]
) -> tuple[int, list[Record]]:
    """A few recordings by a node on the target: the exit status, and what was measured."""
    os.environ[VARIABLE] = str(data.resolve())
    words = ("--target", target, "-q", "--report-dir", str(folder), *pytest_arguments)
    try:
        status = run_suite((*words, _ON_A_NODE), to_stderr=True)
    except BenchError as error:  # what was heard on this machine is printed all the same
        say(str(error))
        return COULD_NOT_RUN, []
    journal = ReportFolder(folder).metrics
    return status, list(read_journal(journal)) if journal.exists() else []
