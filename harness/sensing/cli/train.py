"""`hil train`"""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.console import say
from harness.report import ReportFolder
from harness.sensing.datasets.split import FOLDS
from harness.sensing.datasets.tasks import TASKS
from harness.sensing.pytorch import run_training, supply_torch
from harness.sensing.recordings.manifest import recordings_folder
from harness.target import project_root


@click.command()
@click.option(
    "--task",
    type=click.Choice(list(TASKS)),
    default="actions",
    show_default=True,
    help="What the model is to tell apart.",
)
@click.option("--quick", is_flag=True, help="Take minutes only: one fold, a third of the epochs.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0))
@click.option(
    "--folds",
    type=click.IntRange(1, FOLDS),
    help=f"How many of the {FOLDS} parts of the persons are left out, one after the other.  "
    f"[default: {FOLDS}; with --quick 1]",
)
@click.option("--resume", is_flag=True, help="Go on where a training was stopped.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="The folder of recordings; by default the one that HIL_CSI_DATA names.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the model goes.  [default: build/models/TASK.rvne]",
)
@click.option(
    "--report-dir", type=click.Path(file_okay=False, path_type=Path), help="Where the page goes."
)
def train(
    task: str,
    quick: bool,
    seed: int,
    folds: int | None,
    resume: bool,
    data: Path | None,
    out: Path | None,
    report_dir: Path | None,
) -> int:
    """Train a model on recordings, and measure how right it is on persons it has not seen.

    Persons are split into five parts. For each part a model is trained on the other four parts and
    tested on this one. The first of these models is written as TASK.rvne, with its card TASK.json,
    for `hil deploy`. The page with the curves is train.html in a folder under reports/. PyTorch is
    installed first if ./hil made this Python environment; in your own environment type
    pip install '.[train]'.
    """
    recordings = recordings_folder(data, "Training")
    root = project_root()
    supply_torch(root, "to train", say)
    folder = report_dir or ReportFolder.create(root / "reports", f"train-{task}").path
    folder.mkdir(parents=True, exist_ok=True)
    words = [
        *("--data", str(recordings), "--task", task, "--seed", str(seed)),
        *("--folds", str(folds or (1 if quick else FOLDS))),
        *("--keep", str(root / "build" / "training")),
        *("--out", str((out or root / "build" / "models" / f"{task}.rvne").resolve())),
        *("--report-dir", str(folder.resolve())),
        *(["--quick"] if quick else []),
        *(["--resume"] if resume else []),
    ]
    return run_training("training.run", words)
