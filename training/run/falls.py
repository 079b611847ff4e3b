"""Falls: how many are told, and how often of people who lie still."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from harness.sensing.figure import Figure, by_subject, share
from training.run.said import Said, over_folds

PRECISION = 0.8
RECALL = 0.7
REST_US = 20_000_000
"""A fall is told once in so long: its window holds it until then."""

_HOUR_US = 3_600_000_000

Sure = Callable[[Said], float]
"""How sure a fall is, of a window."""


def figures_of_falls(actions: Sequence[Said], still: Sequence[Said], fall: int) -> list[Figure]:
    """What is told by the rule of `harness.sensing.datasets.tasks`, and by less.

    still: windows of people who lie still, in time; where there are none, no rate is made.
    """

    def by_rule(one: Said) -> float:
        return one.told(fall)

    def alone(one: Said) -> float:
        return float(one.probability[fall])

    found = [_at_precision("", actions, fall, by_rule, 0.80)]
    found += _at_recall("", actions, still, fall, by_rule, 1.0)
    strangers = _threshold_of_others(actions, fall, by_rule)
    found += _certain(
        "threshold of other persons, ",
        actions,
        still,
        fall,
        lambda one: one.told(fall) >= strangers.get(one.fold, np.inf),
    )
    found += _certain(
        "as packets say it, ", actions, still, fall, lambda s: s.told_by_packets(fall)
    )
    found.append(_at_precision("one window alone, ", actions, fall, alone))
    found += _at_recall("one window alone, ", actions, still, fall, alone)
    without = "without a model, "
    return [*found, *_certain(without, actions, still, fall, lambda s: s.physics.place == fall)]


def _at_precision(
    prefix: str, actions: Sequence[Said], fall: int, sure: Sure, target: float | None = None
) -> Figure:
    name = f"{prefix}falls: recall at precision {PRECISION:g}"
    return over_folds(name, actions, lambda ones: recall_at_precision(ones, fall, sure), target)


def _at_recall(
    prefix: str,
    actions: Sequence[Said],
    still: Sequence[Said],
    fall: int,
    sure: Sure,
    target: float | None = None,
) -> list[Figure]:
    if not still:
        return []
    threshold = threshold_at_recall(actions, fall, sure)
    name = f"{prefix}false falls an hour lying still, at recall {RECALL:g}"
    if np.isnan(threshold):
        return [Figure(name, None, target, at_least=False, note="so many are not told at all")]
    rate = false_falls_an_hour(still, lambda one: sure(one) >= threshold)
    note = f"probability of {threshold:.2f} on"
    return [Figure(name, rate, target, at_least=False, note=note)]


def _certain(
    prefix: str,
    actions: Sequence[Said],
    still: Sequence[Said],
    fall: int,
    is_told: Callable[[Said], bool],
) -> list[Figure]:
    right = [one.window.label == fall for one in actions if is_told(one)]
    falls = sum(one.window.label == fall for one in actions)
    precision = share(right) if right else None
    found = [
        Figure(f"{prefix}falls: recall", sum(right) / falls if falls else None),
        Figure(f"{prefix}falls: precision", precision, note="of those told"),
    ]
    if still:
        name = f"{prefix}false falls an hour lying still"
        found.append(Figure(name, false_falls_an_hour(still, is_told)))
    return found


def _threshold_of_others(actions: Sequence[Said], fall: int, sure: Sure) -> dict[int, float]:
    """Of each fold the threshold that finds `RECALL` of all others' falls; none of a single one."""
    folds = {one.fold for one in actions}
    others = {fold: [one for one in actions if one.fold != fold] for fold in folds}
    return {f: threshold_at_recall(ones, fall, sure) for f, ones in others.items() if ones}


def recall_at_precision(
    said: Sequence[Said], fall: int, sure: Sure, precision: float = PRECISION
) -> float:
    """The most falls that any threshold finds with that precision; 0 where none reaches it."""
    order = np.argsort([-sure(one) for one in said], kind="stable")
    is_it = np.array([said[place].window.label == fall for place in order])
    hits = np.cumsum(is_it)
    good = hits / np.arange(1, len(is_it) + 1) >= precision
    return float(hits[good].max() / max(hits[-1], 1)) if good.any() else 0.0


def threshold_at_recall(
    said: Sequence[Said], fall: int, sure: Sure, recall: float = RECALL
) -> float:
    """The highest threshold that finds that many of the falls; NaN, which nothing reaches, where
    there are none, or where so many are not told at any."""
    values = np.sort([sure(one) for one in said if one.window.label == fall])[::-1]
    lowest = values[int(np.ceil(recall * len(values))) - 1] if len(values) else 0.0
    return float(lowest) if lowest > 0 else float("nan")


def false_falls_an_hour(said: Sequence[Said], is_told: Callable[[Said], bool]) -> float:
    """Times a fall is told of people who do not fall, once in REST_US at most."""
    times_told, watched_us = 0, 0
    for ones in by_subject(list(said), lambda one: str(one.window.recording)):
        last_us = -REST_US
        times = [one.window.end_us for one in ones]
        watched_us += max(times) - min(times)
        for one in sorted(ones, key=lambda one: one.window.end_us):
            if is_told(one) and one.window.end_us - last_us >= REST_US:
                times_told, last_us = times_told + 1, one.window.end_us
    return times_told * _HOUR_US / watched_us if watched_us else float("nan")
