"""`hil sense`"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import click
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
from harness.cli.run import PYTEST_WORDS, run_suite
from harness.errors import BenchError
from harness.report import ReportFolder
from harness.report.journal import Record, read_journal
from harness.sensing.figure import COLUMNS, row
from harness.sensing.recordings.frames import Recording
from harness.sensing.recordings.manifest import VARIABLE, read_folder
from harness.sensing.sense.page import pictures, write_page
from harness.sensing.sense.scoreboard import Scoreboard, measure
from harness.target import find_target, project_root
from harness.target.registry import DEFAULT_TARGET

_FEATURES = "hil_tests/test_edge_features.py"
_SCENARIOS = "hil_tests/test_confusion.py"
_ARRAYS = ("vector", "spectrum")

_ON_A_NODE = "hil_tests/test_recordings.py"


@dataclass
class FeatureError:
    """The largest difference between a feature and its twin, over all comparisons of a session.

    error, bound: of the element that comes nearest to its bound, in the feature's unit.
    """

    name: str
    compared: int = 0
    largest: float = 0.0
    error: float = 0.0
    bound: float = 0.0
    ratio: float = 0.0
    where: str = ""

    def add(self, record: Record, where: str) -> None:
        """Adds a comparison."""
        self.compared += int(record["count"])
        self.largest = max(self.largest, float(record["error"]))
        if float(record["ratio"]) >= self.ratio:
            self.ratio, self.error = float(record["ratio"]), float(record["error"])
            self.bound, self.where = float(record["limit"]), where


@dataclass
class Scenario:
    """What the node said of one scenario, and how often."""

    name: str
    expected: str
    counts: dict[str, int] = field(default_factory=dict)


def feature_errors(records: Iterable[Record]) -> list[FeatureError]:
    """The errors of every scalar feature, in the order of the device's struct, then of the
    arrays."""
    from kernels_ref.edge.twin import FLOATS

    found = {name: FeatureError(name) for name in (*FLOATS, *_ARRAYS)}
    for record in records:
        if record["kind"] == "compare" and str(record.get("test", "")).startswith(_FEATURES):
            where, _, name = str(record["what"]).rpartition(" ")
            if name in found:
                worst = record["worst"][0] if record["worst"] else 0
                found[name].add(record, f"{where}, frame {worst}")
    return [feature for feature in found.values() if feature.compared]


def scenarios(records: Iterable[Record]) -> list[Scenario]:
    """The confusion counts of a session."""
    found = [record for record in records if record["kind"] == "confusion"]
    return [Scenario(r["scenario"], r["expected"], dict(r["counts"])) for r in found]


@click.command(context_settings={**PYTEST_WORDS, "help_option_names": ["-h", "--help"]})
@click.option("--target", default=DEFAULT_TARGET, show_default=True, help="Where the node runs.")
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Recordings with a manifest: print how right the node is on them.",
)
@click.option("--report-dir", type=click.Path(file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a script.")
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def sense(
    target: str,
    data: Path | None,
    report_dir: Path | None,
    as_json: bool,
    pytest_arguments: tuple[str, ...],
) -> int:
    """Print each feature's error against its twin, and what the node said of each scenario.

    Runs the suite's tests of both on a node. The scenarios of fifty rooms are played where that
    takes seconds (--target host). Other words go to pytest. Exit status 1 when a feature differs
    from its twin by more than its bound, or when a scenario is taken for another one.

    With --data the node hears recordings: every figure is printed with its target, and a page with
    plots is in the report folder. This machine hears all recordings; a node on the target hears a
    few of them too, and has to say the same to the last bit. Exit status 1 when a target is missed.
    """
    find_target(target)
    if data is not None:
        return _sense_data(data, target, report_dir, as_json, pytest_arguments)
    folder = report_dir or ReportFolder.create(project_root() / "reports", f"sense-{target}").path
    words = ["--target", target, "-q", "--report-dir", str(folder), *pytest_arguments]
    status = run_suite((*words, _FEATURES, _SCENARIOS), to_stderr=as_json)
    journal = ReportFolder(folder).metrics
    records = list(read_journal(journal)) if journal.exists() else []
    features, told = feature_errors(records), scenarios(records)
    if as_json:
        print_json({"features": list(map(asdict, features)), "scenarios": list(map(asdict, told))})
        return status
    if not features and not told:
        return status
    print_table(
        ["feature", "compared", "largest error", "nearest to its bound", "bound", "share", "where"],
        [_feature_row(feature) for feature in features],
        "Features against their twin",
    )
    print_table(
        ["scenario", "expected", "said"],
        [[s.name.lower(), s.expected, _counted(s.counts)] for s in told],
        "Scenarios",
    )
    return status


def _feature_row(feature: FeatureError) -> list[str]:
    return [
        feature.name,
        f"{feature.compared:,}",
        f"{feature.largest:.2g}",
        f"{feature.error:.2g}",
        f"{feature.bound:.2g}",
        f"{feature.ratio:.1%}",
        feature.where,
    ]


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{what} {times}" for what, times in counts.items())


def _sense_data(
    data: Path,
    target: str,
    report_dir: Path | None,
    as_json: bool,
    pytest_arguments: tuple[str, ...],
) -> int:
    """Prints every figure with its target; returns the exit status.

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
    """Lets a node on the target hear a few recordings: the exit status, and what was measured."""
    os.environ[VARIABLE] = str(data.resolve())
    words = ("--target", target, "-q", "--report-dir", str(folder), *pytest_arguments)
    try:
        status = run_suite((*words, _ON_A_NODE), to_stderr=True)
    except BenchError as error:  # the figures of this machine are printed anyway
        say(str(error))
        return COULD_NOT_RUN, []
    journal = ReportFolder(folder).metrics
    return status, list(read_journal(journal)) if journal.exists() else []
