"""Figures for persons whom the model has not seen: accuracy, with intervals over persons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from harness.sensing.accuracy.score import Score, score_of
from harness.sensing.datasets.physics import NOTHING
from harness.sensing.datasets.tasks import Task
from harness.sensing.figure import Figure, share
from harness.sensing.recordings.labels import ACTIONS, FALL, STILL, WALKING
from training.run.falls import figures_of_falls
from training.run.predictions import Prediction, over_folds

_PHYSICS = "without a model, "


def score(task: Task, predictions: Sequence[Prediction]) -> Score:
    """The confusion of all classes."""
    labels = [one.window.label for one in predictions]
    return score_of(
        labels, [int(np.argmax(one.probability)) for one in predictions], len(task.classes)
    )


def figures(task: Task, predictions: Sequence[Prediction]) -> list[Figure]:
    """The figures of a task. Still persons, who have many windows, are left out of the accuracy."""
    if task.name == "actions":
        return _of_actions(task, predictions)
    return [
        *_of_classes(task, predictions, ""),
        *_of_classes(task, without_model(task, predictions), _PHYSICS),
    ]


def without_model(task: Task, predictions: Sequence[Prediction]) -> list[Prediction]:
    """The predictions of the node's own features: the class that they say has probability 1.

    Only for a task where they always say a class.
    """
    certain = np.eye(len(task.classes))
    assert all(one.physics.place != NOTHING for one in predictions)
    return [replace(one, probability=certain[one.physics.place]) for one in predictions]


def _of_classes(task: Task, predictions: Sequence[Prediction], prefix: str) -> list[Figure]:
    def balanced(ones: Sequence[Prediction]) -> float:
        return float(np.nanmean(score(task, ones).recall))

    found = [over_folds(f"{prefix}recall, mean over classes", predictions, balanced)]
    for place, word in enumerate(task.classes):
        theirs = [one for one in predictions if one.window.label == place]
        found.append(
            over_folds(f"{prefix}recall, {word}", theirs, lambda s: share([x.right for x in s]))
        )
    return found


def _of_actions(task: Task, predictions: Sequence[Prediction]) -> list[Figure]:
    actions = [one for one in predictions if task.classes[one.window.label] in ACTIONS]
    still = [one for one in predictions if task.classes[one.window.label] == STILL]
    fall, walk = task.classes.index(FALL), task.classes.index(WALKING)
    found = [
        over_folds("five actions: accuracy", actions, lambda s: share([x.right for x in s]), 0.78),
        over_folds("five actions: macro F1", actions, lambda s: score(task, s).macro_f1, 0.77),
        over_folds("falls: recall", actions, lambda s: float(score(task, s).recall[fall])),
        over_folds("falls: precision", actions, lambda s: float(score(task, s).precision[fall])),
        over_folds("walk against the rest", actions, lambda s: _told_apart(s, walk), 0.99),
    ]
    return [*found, *figures_of_falls(actions, still, fall)]


def _told_apart(predictions: Sequence[Prediction], label: int) -> float:
    return share(
        [(int(np.argmax(s.probability)) == label) == (s.window.label == label) for s in predictions]
    )
