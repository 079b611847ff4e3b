"""`hil train`: a training for each fold, its figures, and the model that is kept."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from harness.sensing.datasets.physics import said_without_model
from harness.sensing.datasets.split import FOLDS, SPLIT_SEED, apart, check_apart, folds_of
from harness.sensing.datasets.tasks import Task, person_of
from harness.sensing.datasets.windows import Window, parts_of, windows
from harness.sensing.edge_library import EdgeLibrary
from harness.sensing.figure import Figure
from harness.sensing.recordings.frames import Recording
from kernels_ref.blob_header import WeightDtype
from training.classifier import TemporalClassifierModule
from training.run.checkpoint import Checkpoint
from training.run.draws import Draws, statistics
from training.run.figures import figures
from training.run.loop import Training
from training.run.model import HOP, new_model
from training.run.predictions import Prediction, probabilities
from training.run.progress import Progress
from training.run.recipe import Recipe
from training.run.streams import FINE_HOP, Stream, StreamStore, streams


@dataclass(frozen=True)
class Plan:
    """What to train.

    Attributes:
        folds: how many of the five parts of the persons are left out, one after another. The first
            model is kept, which has not seen the persons of the first part.
        step_s: seconds between two windows of a person who lies still, in the test.
        keep: the folder of checkpoints and streams.
        resume: whether a training continues from its checkpoint.
    """

    task: Task
    recipe: Recipe
    seed: int
    folds: int
    step_s: float
    keep: Path
    resume: bool


@dataclass
class Trained:
    """The results. curves: the losses of each fold, epoch by epoch."""

    plan: Plan
    model: TemporalClassifierModule
    held_out: frozenset[str]
    predictions: list[Prediction] = field(default_factory=list)
    curves: list[list[float]] = field(default_factory=list)

    @property
    def figures(self) -> list[Figure]:
        """Means over the folds."""
        return figures(self.plan.task, self.predictions)


def train(
    plan: Plan, recordings: Sequence[Recording], library: EdgeLibrary, progress: Progress
) -> Trained:
    """Train every fold, one after another.

    Raises: NoWindows, TooFewPersons, WrongCheckpoint.
    """
    task = plan.task
    shown = [one for one in recordings if parts_of(task, one)]
    every = streams_of(plan, shown, library, progress)
    parts = folds_of({person_of(one) for one in shown}, FOLDS, SPLIT_SEED)
    trained: Trained | None = None
    for fold, held_out in enumerate(parts[: plan.folds]):
        of_them = [one for one in shown if person_of(one) in held_out]
        test = list(_windows(plan, of_them, library, progress))
        model, losses = _one(plan, every, test, fold, held_out, progress)
        trained = trained or Trained(plan, model, held_out)
        trained.curves.append(losses)
        trained.predictions += _predictions(task, model, test, fold, library)
    assert trained is not None
    return trained


def streams_of(
    plan: Plan, shown: Sequence[Recording], library: EdgeLibrary, progress: Progress
) -> list[Stream]:
    """All persons' streams, made now or read from where they are kept. Raises NoWindows."""
    least = int(plan.task.frames * plan.recipe.shortest * HOP / FINE_HOP)
    key: dict[str, object] = {
        "task": plan.task.name,
        "copies": plan.recipe.copies,
        "least": least,
        "fine_hop": FINE_HOP,
        "split_seed": SPLIT_SEED,
        "recordings": [str(one) for one in shown],
    }
    with progress.reading() as tell:
        return StreamStore(plan.keep / "streams").get(
            key,
            lambda: streams(plan.task, shown, library, plan.recipe.copies, least, SPLIT_SEED, tell),
        )


def _windows(
    plan: Plan, shown: Sequence[Recording], library: EdgeLibrary, progress: Progress
) -> Iterator[Window]:
    with progress.reading() as tell:
        yield from windows(plan.task, shown, library, HOP, plan.step_s, tell)


def _one(
    plan: Plan,
    every: Sequence[Stream],
    test: Sequence[Window],
    fold: int,
    held_out: frozenset[str],
    progress: Progress,
) -> tuple[TemporalClassifierModule, list[float]]:
    seen, _ = apart(every, held_out)
    check_apart(seen, test)
    mean, deviation = statistics(seen)
    model = new_model(plan.task, mean, deviation, plan.seed + fold)
    draws = Draws(plan.task, seen, plan.recipe, HOP, deviation)
    training = Training(model, draws, plan.recipe, plan.seed + fold)
    name = f"{plan.task.name}-{plan.seed}-{fold}"
    without = ", ".join(sorted(held_out))
    key = f"{plan.task.name}, seed {plan.seed}, fold {fold} without {without}, {plan.recipe}"
    checkpoint = Checkpoint(plan.keep / "checkpoints" / f"{name}.pt", key)
    if not plan.resume:
        checkpoint.path.unlink(missing_ok=True)
    with progress.training(fold, plan.folds) as on_epoch:
        training.run(checkpoint, on_epoch)
    return model, training.losses


def _predictions(
    task: Task,
    model: TemporalClassifierModule,
    test: Sequence[Window],
    fold: int,
    library: EdgeLibrary,
) -> list[Prediction]:
    physics = said_without_model(task, test, library)
    held = [features for window in test for features in (window.features, *window.earlier)]
    each = np.cumsum([1 + len(window.earlier) for window in test])[:-1]
    made = np.split(probabilities(model, held), each)
    return [
        Prediction(window, fold, rows[0], rows[1:], without)
        for window, rows, without in zip(test, made, physics, strict=True)
    ]


def write_model(trained: Trained, path: Path, names: Collection[str]) -> None:
    """Write the model in float16, and beside it NAME.json: the facts about it, and the persons whom
    it has not seen.

    names: of the data sets.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    plan = trained.plan
    blob = trained.model.export_rvne(path, WeightDtype.FLOAT16)
    card = {
        "task": plan.task.name,
        "classes": list(plan.task.classes),
        "held_out": sorted(trained.held_out),
        "seed": plan.seed,
        "weights": int(blob.shape.n_weights),
        "data": sorted(names),
        "folds": plan.folds,
        "figures": {f.name: _rounded(f.value) for f in trained.figures},
        "recipe": asdict(plan.recipe),
    }
    path.with_suffix(".json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def _rounded(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else round(value, 4)
