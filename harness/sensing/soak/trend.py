"""Whether a series of measurements falls.

The Mann-Kendall test says whether later values are below earlier ones more often than by chance: S
is the number of pairs that grow minus the number of pairs that fall, and in a series without a
trend S / sqrt(Var S) is nearly a standard normal, when ties are accounted for (H. B. Mann,
Econometrica 13, 1945; M. G. Kendall, Rank Correlation Methods, 1975). The Theil-Sen estimator says
how fast: the median of the slopes of all pairs (P. K. Sen, JASA 63, 1968). Neither needs a normal
distribution or equal steps.

A series falls when both say so (by chance, only one in a thousand series would; and the median
slope is below zero) and when it has reached a new low at least four times: memory that is allocated
once or twice is not a leak. A leak of 16 bytes a minute is found after eight minutes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MIN_VALUES = 8
"""Fewer values give no verdict: they cannot be rarer than one in a thousand."""

_RARE = 1e-3
_LOWS = 4


@dataclass(frozen=True)
class Trend:
    """slope: of the median pair, in units a minute. chance: the probability that a series without a
    trend falls as much. lows: how often a value was below all values before it.
    """

    slope: float
    chance: float
    count: int
    lows: int

    @property
    def sinks(self) -> bool:
        enough = self.count >= MIN_VALUES and self.lows >= _LOWS
        return enough and self.slope < 0 and self.chance < _RARE

    def __str__(self) -> str:
        return f"{self.slope:+.4g} a minute over {self.count} minutes (chance {self.chance:.2g})"


def trend_of(minutes: Sequence[float], values: Sequence[float]) -> Trend:
    """The trend of values [n] at strictly growing times [n]. O(n²) in time and memory."""
    n = len(values)
    if n < 2:
        return Trend(0.0, 1.0, n, 0)
    x, y = np.asarray(minutes, np.float64), np.asarray(values, np.float64)
    first, second = np.triu_indices(n, 1)
    rises = y[second] - y[first]
    s = float(np.sign(rises).sum())
    variance = _variance(y)
    z = (s + 1) / math.sqrt(variance) if variance > 0 else 0.0  # 1: S is discrete
    chance = 0.5 * math.erfc(-z / math.sqrt(2)) if s < 0 else 1.0
    lows = int(np.count_nonzero(np.diff(np.minimum.accumulate(y)) < 0))
    return Trend(float(np.median(rises / (x[second] - x[first]))), chance, n, lows)


def _variance(values: np.ndarray) -> float:
    """The variance of S in a series without a trend; equal values make it smaller."""
    n = len(values)
    _, ties = np.unique(values, return_counts=True)
    tied = float(np.sum(ties * (ties - 1) * (2 * ties + 5)))
    return (n * (n - 1) * (2 * n + 5) - tied) / 18
