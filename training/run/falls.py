"""Falls: how many are found, and how often one is reported of people who lie still."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from harness.sensing.figure import Figure, by_subject, share
from training.run.predictions import Prediction, over_folds

PRECISION = 0.8
RECALL = 0.7
REST_US = 20_000_000
"""A fall is reported once in this time: the window holds it so long."""

_HOUR_US = 3_600_000_000

Certainty = Callable[[Prediction], float]
"""How sure a fall is, for a window."""


def figures_of_falls(
    actions: Sequence[Prediction], still: Sequence[Prediction], fall: int
) -> list[Figure]:
    """Figures of the rule of `harness.sensing.datasets.tasks`, and of simpler rules.

    still: windows of people who lie still, in order of time; without any, no rate is computed.
    """
    falls = _Falls(actions, still, fall)

    def by_rule(one: Prediction) -> float:
        return one.fall_certainty(fall)

    def alone(one: Prediction) -> float:
        return float(one.probability[fall])

    others = _threshold_of_others(actions, fall, by_rule)
    return [
        falls.at_precision("", by_rule, 0.80),
        *falls.at_recall("", by_rule, 1.0),
        *falls.certain(
            "threshold of other persons, ", lambda p: by_rule(p) >= others.get(p.fold, np.inf)
        ),
        *falls.certain("as packets say it, ", lambda p: p.is_fall_by_packets(fall)),
        falls.at_precision("one window alone, ", alone),
        *falls.at_recall("one window alone, ", alone),
        *falls.certain("without a model, ", lambda p: p.physics.place == fall),
    ]


@dataclass(frozen=True)
class _Falls:
    """The windows, and the place of a fall among the classes."""

    actions: Sequence[Prediction]
    still: Sequence[Prediction]
    fall: int

    def at_precision(self, prefix: str, sure: Certainty, target: float | None = None) -> Figure:
        name = f"{prefix}falls: recall at precision {PRECISION:g}"
        return over_folds(
            name, self.actions, lambda ones: recall_at_precision(ones, self.fall, sure), target
        )

    def at_recall(self, prefix: str, sure: Certainty, target: float | None = None) -> list[Figure]:
        if not self.still:
            return []
        threshold = threshold_at_recall(self.actions, self.fall, sure)
        name = f"{prefix}false falls an hour lying still, at recall {RECALL:g}"
        if np.isnan(threshold):
            return [Figure(name, None, target, at_least=False, note="so many are not told at all")]
        rate = false_falls_an_hour(self.still, lambda one: sure(one) >= threshold)
        note = f"probability of {threshold:.2f} on"
        return [Figure(name, rate, target, at_least=False, note=note)]

    def certain(self, prefix: str, is_told: Callable[[Prediction], bool]) -> list[Figure]:
        right = [one.window.label == self.fall for one in self.actions if is_told(one)]
        falls = sum(one.window.label == self.fall for one in self.actions)
        precision = share(right) if right else None
        found = [
            Figure(f"{prefix}falls: recall", sum(right) / falls if falls else None),
            Figure(f"{prefix}falls: precision", precision, note="of those told"),
        ]
        if self.still:
            name = f"{prefix}false falls an hour lying still"
            found.append(Figure(name, false_falls_an_hour(self.still, is_told)))
        return found


def _threshold_of_others(
    actions: Sequence[Prediction], fall: int, sure: Certainty
) -> dict[int, float]:
    """For each fold the threshold that finds `RECALL` of the other folds' falls, if any."""
    folds = {one.fold for one in actions}
    others = {fold: [one for one in actions if one.fold != fold] for fold in folds}
    return {f: threshold_at_recall(ones, fall, sure) for f, ones in others.items() if ones}


def recall_at_precision(
    predictions: Sequence[Prediction], fall: int, sure: Certainty, precision: float = PRECISION
) -> float:
    """The largest recall of any threshold with that precision; 0 where none reaches it."""
    order = np.argsort([-sure(one) for one in predictions], kind="stable")
    is_it = np.array([predictions[place].window.label == fall for place in order])
    hits = np.cumsum(is_it)
    good = hits / np.arange(1, len(is_it) + 1) >= precision
    return float(hits[good].max() / max(hits[-1], 1)) if good.any() else 0.0


def threshold_at_recall(
    predictions: Sequence[Prediction], fall: int, sure: Certainty, recall: float = RECALL
) -> float:
    """The highest threshold that finds that share of the falls.

    NaN, which no value reaches, where there are no falls or no threshold finds so many.
    """
    values = np.sort([sure(one) for one in predictions if one.window.label == fall])[::-1]
    lowest = values[int(np.ceil(recall * len(values))) - 1] if len(values) else 0.0
    return float(lowest) if lowest > 0 else float("nan")


def false_falls_an_hour(
    predictions: Sequence[Prediction], is_told: Callable[[Prediction], bool]
) -> float:
    """How often a fall is reported of people who do not fall, at most once in REST_US."""
    times_told, watched_us = 0, 0
    for ones in by_subject(list(predictions), lambda one: str(one.window.recording)):
        last_us = -REST_US
        times = [one.window.end_us for one in ones]
        watched_us += max(times) - min(times)
        for one in sorted(ones, key=lambda one: one.window.end_us):
            if is_told(one) and one.window.end_us - last_us >= REST_US:
                times_told, last_us = times_told + 1, one.window.end_us
    return times_told * _HOUR_US / watched_us if watched_us else float("nan")
