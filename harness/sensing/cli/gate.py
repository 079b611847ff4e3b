"""`hil gate`"""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.console import FOUND_WRONG, GOOD, print_json, print_table, say
from harness.errors import BenchError
from harness.report import ReportFolder
from harness.sensing.pytorch import run_training
from harness.sensing.recordings.manifest import VARIABLE, recordings_folder
from harness.target import project_root

_FIGURES = "gate.json"


_QUICK = {"seeds": 2, "folds": 1, "steps": 60}
_FULL = {"seeds": 5, "folds": 5, "steps": 400}


@click.command()
@click.option("--quick", is_flag=True, help="Take minutes only: fewer seeds, persons and steps.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help=f"Folder of recordings. [default: {VARIABLE}]",
)
@click.option("--seeds", type=click.IntRange(min=2), help="[default: 5, with --quick 2]")
@click.option(
    "--folds",
    type=click.IntRange(1, 5),
    help="How many of the five folds. [default: 5, with --quick 1]",
)
@click.option("--steps", type=click.IntRange(min=1), help="[default: 400, with --quick 60]")
@click.option("--batch", type=click.IntRange(min=2), default=32, show_default=True)
@click.option(
    "--hop",
    type=click.IntRange(1, 255),
    default=3,
    show_default=True,
    help="Hop of the spectra, in units of 20 ms.",
)
@click.option("--window", type=click.IntRange(min=32), default=256, show_default=True)
@click.option(
    "--threads", type=click.IntRange(min=1), help="Threads of PyTorch. [default: all cores]"
)
@click.option(
    "--figures",
    type=click.Path(path_type=Path),
    help="Judge the figures in this file, without training.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a script.")
def gate(
    quick: bool,
    data: Path | None,
    seeds: int | None,
    folds: int | None,
    steps: int | None,
    batch: int,
    hop: int,
    window: int,
    threads: int | None,
    figures: Path | None,
    as_json: bool,
) -> int:
    """Judge whether sparse attention may take the place of dense.

    Encoders of both kinds are trained from the same seeds, on the same windows of recordings, for
    the same number of steps. Four figures are measured: contrastive loss, rank-1 and the order of
    the 50 nearest neighbours, on persons who were left out; and the latency of the firmware's
    kernel on this machine. Exit status 1 when a criterion does not hold, 2 when the gate could not
    run.
    """
    if figures is None:
        given = {"seeds": seeds, "folds": folds, "steps": steps, "threads": threads}
        words = (_QUICK if quick else _FULL) | {"batch": batch, "hop": hop, "window": window}
        words |= {name: value for name, value in given.items() if value is not None}
        figures = _train(recordings_folder(data, "The gate"), words)
    return _judge(figures, as_json)


def _train(data: Path, words: dict[str, int]) -> Path:
    """Returns the figures' file."""
    from harness.sensing.pytorch import supply_torch

    root = project_root()
    supply_torch(root, "to train the gate's encoders", say)
    folder = ReportFolder.create(root / "reports", "gate").path
    out = folder / _FIGURES
    numbers = [f"--{name}={value}" for name, value in words.items()]
    status = run_training("training.contrast", [f"--data={data}", f"--out={out}", *numbers])
    if status:
        raise BenchError(f"The trainings ended with status {status}; see above.")
    say(f"figures: {out}")
    return out


def _judge(path: Path, as_json: bool) -> int:
    from harness.sensing.gate.criteria import criteria, opens
    from harness.sensing.gate.figures import Figures
    from harness.sensing.gate.latency import measure_latency
    from harness.sensing.gate.table import COLUMNS, rows, sentences

    figures = Figures.read(path)
    latency = measure_latency(int(figures.told["length"]))
    found = criteria(figures, latency.fast)
    if as_json:
        print_json(
            {
                "opens": opens(found),
                "criteria": [
                    {
                        "name": one.name,
                        "found": one.found.value,
                        "low": one.found.low,
                        "high": one.found.high,
                        "bound": one.bound,
                        "verdict": one.verdict.value,
                    }
                    for one in found
                ],
                "told": dict(figures.told),
            }
        )
    else:
        print_table(COLUMNS, rows(found))
        for sentence in sentences(figures, latency, found):
            click.echo(sentence)
    return GOOD if opens(found) else FOUND_WRONG
