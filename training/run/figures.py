"""Figures of windows of persons not trained on: accuracy, falls, and intervals over persons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from harness.accuracy.score import Score, score_of
from harness.datasets import NOTHING, Task, Window
from harness.recordings.labels import ACTIONS, FALL, STILL, WALKING
from harness.sense.figure import Figure, by_subject, over_subjects, share

PRECISION = 0.8
RECALL = 0.7
REST_US = 20_000_000
"""A fall is told once in so long: its window holds it until then."""

_HOUR_US = 3_600_000_000
_PHYSICS = "without a model, "


@dataclass(frozen=True)
class Said:
    """A window of a person not trained on, and what was said of it.

    Attributes:
        window: what it is of.
        fold: in which its person was left out.
        probability: [classes], of sum 1.
        physics: the class that the node's own features say, without a model; NOTHING: none.
    """

    window: Window
    fold: int
    probability: npt.NDArray[np.float64]
    physics: int = NOTHING

    @property
    def right(self) -> bool:
        return int(np.argmax(self.probability)) == self.window.label


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
    assert all(one.physics != NOTHING for one in said)
    return [replace(one, probability=certain[one.physics]) for one in said]


def _of_classes(task: Task, said: Sequence[Said], prefix: str) -> list[Figure]:
    def balanced(ones: Sequence[Said]) -> float:
        return float(np.nanmean(score(task, ones).recall))

    found = [_over_persons(f"{prefix}recall, mean over classes", said, balanced)]
    for place, word in enumerate(task.classes):
        theirs = [one for one in said if one.window.label == place]
        found.append(
            _over_persons(f"{prefix}recall, {word}", theirs, lambda s: share([x.right for x in s]))
        )
    return found


def _of_actions(task: Task, said: Sequence[Said]) -> list[Figure]:
    actions = [one for one in said if task.classes[one.window.label] in ACTIONS]
    still = [one for one in said if task.classes[one.window.label] == STILL]
    fall, walk = task.classes.index(FALL), task.classes.index(WALKING)
    found = [
        _over_persons(
            "five actions: accuracy", actions, lambda s: share([x.right for x in s]), 0.78
        ),
        _over_persons("five actions: macro F1", actions, lambda s: score(task, s).macro_f1, 0.77),
        _over_persons("falls: recall", actions, lambda s: _recall(task, s, fall)),
        _over_persons("falls: precision", actions, lambda s: _precision(task, s, fall)),
        _over_persons(
            f"falls: recall at precision {PRECISION:g}",
            actions,
            lambda s: recall_at_precision(s, fall),
            0.80,
        ),
        _over_persons("walk against the rest", actions, lambda s: _told_apart(s, walk), 0.99),
    ]
    if still:
        threshold = threshold_at_recall(actions, fall)
        found.append(
            Figure(
                f"false falls an hour lying still, at recall {RECALL:g}",
                false_falls_an_hour(still, fall, threshold),
                1.0,
                at_least=False,
                note=f"probability of {threshold:.2f} on",
            )
        )
    return [*found, *_falls_without_model(actions, still, fall)]


def _falls_without_model(actions: Sequence[Said], still: Sequence[Said], fall: int) -> list[Figure]:
    told = [one for one in actions if one.physics == fall]
    right = [one.window.label == fall for one in told]
    falls = sum(one.window.label == fall for one in actions)
    certain = [
        replace(one, probability=np.eye(fall + 1)[fall] * (one.physics == fall)) for one in still
    ]
    found = [
        Figure(f"{_PHYSICS}falls: recall", sum(right) / falls if falls else None),
        Figure(
            f"{_PHYSICS}falls: precision", share(right) if right else None, note="of those told"
        ),
    ]
    if still:
        rate = false_falls_an_hour(certain, fall, 1.0)
        found.append(Figure(f"{_PHYSICS}false falls an hour lying still", rate))
    return found


def _over_persons(
    name: str,
    said: Sequence[Said],
    statistic: Callable[[list[Said]], float],
    target: float | None = None,
) -> Figure:
    """The mean over folds, and the interval of drawing persons again."""
    folds = [[one for one in said if one.fold == fold] for fold in sorted({s.fold for s in said})]
    value = float(np.nanmean([statistic(ones) for ones in folds])) if folds else None
    persons = by_subject(list(said), lambda one: one.window.person)
    return Figure(name, value, target, interval=over_subjects(persons, statistic))


def _recall(task: Task, said: Sequence[Said], label: int) -> float:
    return float(score(task, said).recall[label])


def _precision(task: Task, said: Sequence[Said], label: int) -> float:
    return float(score(task, said).precision[label])


def _told_apart(said: Sequence[Said], label: int) -> float:
    return share(
        [(int(np.argmax(s.probability)) == label) == (s.window.label == label) for s in said]
    )


def recall_at_precision(said: Sequence[Said], label: int, precision: float = PRECISION) -> float:
    """The most of a class that any threshold finds with that precision; 0 where none reaches it."""
    order = np.argsort([-one.probability[label] for one in said], kind="stable")
    is_it = np.array([said[place].window.label == label for place in order])
    hits = np.cumsum(is_it)
    good = hits / np.arange(1, len(is_it) + 1) >= precision
    return float(hits[good].max() / max(hits[-1], 1)) if good.any() else 0.0


def threshold_at_recall(said: Sequence[Said], label: int, recall: float = RECALL) -> float:
    """The highest threshold of a class's probability that finds that much of it."""
    values = np.sort([one.probability[label] for one in said if one.window.label == label])[::-1]
    if not len(values):
        return float("nan")
    return float(values[int(np.ceil(recall * len(values))) - 1])


def false_falls_an_hour(said: Sequence[Said], label: int, threshold: float) -> float:
    """Times a fall is told of people who do not fall, once in REST_US at most."""
    told, watched_us = 0, 0
    for ones in by_subject(list(said), lambda one: str(one.window.recording)):
        last_us = -REST_US
        times = [one.window.end_us for one in ones]
        watched_us += max(times) - min(times)
        for one in sorted(ones, key=lambda one: one.window.end_us):
            if one.probability[label] >= threshold and one.window.end_us - last_us >= REST_US:
                told, last_us = told + 1, one.window.end_us
    return told * _HOUR_US / watched_us if watched_us else float("nan")
