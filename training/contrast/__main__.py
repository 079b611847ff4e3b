"""`python -m training.contrast`: the trainings of `hil gate`, which starts this."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import torch

from harness.errors import BenchError
from harness.sensing.datasets.split import FOLDS
from harness.sensing.edge_library import open_edge_library
from harness.sensing.recordings.manifest import read_folder
from training.contrast.plan import Plan, run
from training.contrast.train import Budget
from training.contrast.windows import windows_of
from training.run.progress import Progress


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--seeds", type=click.IntRange(min=2), required=True)
@click.option("--folds", type=click.IntRange(1, FOLDS), required=True)
@click.option("--steps", type=click.IntRange(min=1), required=True)
@click.option("--batch", type=click.IntRange(min=2), required=True)
@click.option("--hop", type=click.IntRange(1, 255), required=True)
@click.option("--window", type=click.IntRange(min=2), required=True)
@click.option("--threads", type=click.IntRange(min=1))
def main(
    data: Path,
    out: Path,
    seeds: int,
    folds: int,
    steps: int,
    batch: int,
    hop: int,
    window: int,
    threads: int | None,
) -> None:
    """Train, and write the figures to OUT, after each fold those that are known."""
    if threads is not None:
        torch.set_num_threads(threads)
    progress = Progress()
    with progress.bar() as tell:
        windows = windows_of(read_folder(data), open_edge_library(), hop, window, tell)
    with progress.bar() as tell:
        plan = Plan(seeds, folds, Budget(steps, batch))
        run(plan, windows, tell, keep=lambda figures: figures.write(out))


if __name__ == "__main__":
    try:
        main()
    except BenchError as error:
        click.echo(f"hil: {error}", err=True)
        sys.exit(2)
