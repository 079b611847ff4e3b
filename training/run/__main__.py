"""`python -m training.run`: what `hil train` starts."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import torch

from harness.errors import BenchError
from harness.sensing.datasets.split import FOLDS
from harness.sensing.datasets.tasks import TASKS, task_named
from harness.sensing.edge_library import open_edge_library
from harness.sensing.recordings.manifest import read_folder
from training.run import page
from training.run.progress import Progress
from training.run.recipe import RECIPES
from training.run.session import Plan, train, write_model

_QUICK_STEP_S, _STEP_S = 5.0, 1.0


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True)
@click.option("--task", type=click.Choice(list(TASKS)), required=True)
@click.option("--seed", type=click.IntRange(0), required=True)
@click.option("--folds", type=click.IntRange(1, FOLDS), required=True)
@click.option("--quick", is_flag=True)
@click.option("--resume", is_flag=True)
@click.option("--keep", type=click.Path(path_type=Path), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--report-dir", type=click.Path(path_type=Path), required=True)
def main(
    data: Path,
    task: str,
    seed: int,
    folds: int,
    quick: bool,
    resume: bool,
    keep: Path,
    out: Path,
    report_dir: Path,
) -> None:
    """Train, print the figures, and write the model and a page."""
    torch.set_num_threads(1)  # a second thread does not help such small products
    chosen = task_named(task)
    recipe = RECIPES[chosen.name]
    recipe = recipe.quick() if quick else recipe
    step_s = _QUICK_STEP_S if quick else _STEP_S
    plan = Plan(chosen, recipe, seed, folds, step_s, keep, resume)
    recordings = read_folder(data)
    trained = train(plan, recordings, open_edge_library(), Progress())
    write_model(trained, out, {window.window.recording.data_set for window in trained.predictions})
    page.show(trained)
    page.write(trained, report_dir / "train.html")
    click.echo(f"model: {out}; into a node: hil deploy {out} --target qemu --set")
    click.echo(f"page: {report_dir / 'train.html'}")


if __name__ == "__main__":
    try:
        main()
    except BenchError as error:
        click.echo(f"hil: {error}", err=True)
        sys.exit(2)
