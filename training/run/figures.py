"""Figures of windows of persons not trained on: accuracy, and intervals over persons."""

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
from training.run.said import Said, over_folds

_PHYSICS = "without a model, "


def score(task: Task, said: Sequence[Said]) -> Score:
    """Confusion over all classes."""
    labels = [one.window.label for one in said]
    return score_of(labels, [int(np.argmax(one.probability)) for one in said], len(task.classes))


def figures(task: Task, said: Sequence[Said]) -> list[Figure]:
    """Those of a task. Of a still person, of whom there are many windows, accuracy is not made."""
    if task.name == "actions":
        return _of_actions(task, said)
    return [*_of_classes(task, said, ""), *_of_classes(task, without_model(task, said), _PHYSICS)]


def without_model(task: Task, said: Sequence[Said]) -> list[Said]:
    """As if what the node's own features say were all: what they say has probability 1. Of a task
    of which they say something always."""
    certain = np.eye(len(task.classes))
    assert all(one.physics.place != NOTHING for one in said)
    return [replace(one, probability=certain[one.physics.place]) for one in said]


def _of_classes(task: Task, said: Sequence[Said], prefix: str) -> list[Figure]:
    def balanced(ones: Sequence[Said]) -> float:
        return float(np.nanmean(score(task, ones).recall))

    found = [over_folds(f"{prefix}recall, mean over classes", said, balanced)]
    for place, word in enumerate(task.classes):
        theirs = [one for one in said if one.window.label == place]
        found.append(
            over_folds(f"{prefix}recall, {word}", theirs, lambda s: share([x.right for x in s]))
        )
    return found


def _of_actions(task: Task, said: Sequence[Said]) -> list[Figure]:
    actions = [one for one in said if task.classes[one.window.label] in ACTIONS]
    still = [one for one in said if task.classes[one.window.label] == STILL]
    fall, walk = task.classes.index(FALL), task.classes.index(WALKING)
    found = [
        over_folds("five actions: accuracy", actions, lambda s: share([x.right for x in s]), 0.78),
        over_folds("five actions: macro F1", actions, lambda s: score(task, s).macro_f1, 0.77),
        over_folds("falls: recall", actions, lambda s: _recall(task, s, fall)),
        over_folds("falls: precision", actions, lambda s: _precision(task, s, fall)),
        over_folds("walk against the rest", actions, lambda s: _told_apart(s, walk), 0.99),
    ]
    return [*found, *figures_of_falls(actions, still, fall)]


def _recall(task: Task, said: Sequence[Said], label: int) -> float:
    return float(score(task, said).recall[label])


def _precision(task: Task, said: Sequence[Said], label: int) -> float:
    return float(score(task, said).precision[label])


def _told_apart(said: Sequence[Said], label: int) -> float:
    return share(
        [(int(np.argmax(s.probability)) == label) == (s.window.label == label) for s in said]
    )
