"""The four criteria of the gate, and what each of them says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from harness.sensing.gate.figures import Figures, Interval, interval

LOSS_BOUND = 0.01
RANK_BOUND = 0.01
ORDER_BOUND = 0.95
LATENCY_BOUND = 5.0
_ROUNDING = 1e-12  # a value that equals the bound meets it, despite rounding


class Verdict(Enum):
    """What the interval says about the bound."""

    HOLDS = "holds"
    """The whole interval is on the right side."""
    FAILS = "fails"
    """The whole interval is on the wrong side."""
    OPEN = "open"
    """The bound is inside the interval: more seeds or persons would decide."""


@dataclass(frozen=True)
class Criterion:
    """found: the figure. at_most: whether the bound is a maximum, or else a minimum."""

    name: str
    figure: str
    found: Interval
    bound: float
    at_most: bool
    unit: str = ""

    @property
    def verdict(self) -> Verdict:
        """By the interval. A figure that equals the bound is on the right side."""
        sign = 1.0 if self.at_most else -1.0
        ends = sorted(sign * (end - self.bound) for end in (self.found.low, self.found.high))
        if ends[1] <= _ROUNDING:
            return Verdict.HOLDS
        return Verdict.FAILS if ends[0] > _ROUNDING else Verdict.OPEN


def criteria(figures: Figures, latency: Interval) -> list[Criterion]:
    """The four, in their order."""
    return [
        Criterion(
            "contrastive loss",
            "sparse over dense, less 1",
            interval(
                lambda d, s: s.mean() / d.mean() - 1.0, figures.dense_loss, figures.sparse_loss
            ),
            LOSS_BOUND,
            at_most=True,
        ),
        Criterion(
            "rank-1",
            "dense less sparse",
            interval(lambda d, s: d.mean() - s.mean(), figures.dense_rank1, figures.sparse_rank1),
            RANK_BOUND,
            at_most=True,
        ),
        Criterion(
            "order of the 50 nearest",
            "Spearman, dense by sparse",
            interval(np.mean, figures.order),
            ORDER_BOUND,
            at_most=False,
        ),
        Criterion("latency", "dense over sparse", latency, LATENCY_BOUND, at_most=False, unit="×"),
    ]


def opens(found: Sequence[Criterion]) -> bool:
    """Whether sparse attention may take the place of dense: every criterion holds."""
    return all(criterion.verdict is Verdict.HOLDS for criterion in found)
