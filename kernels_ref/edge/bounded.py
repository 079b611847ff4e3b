"""Running error analysis: a float64 value, and how far a float32 evaluation of it may lie.

Every operation adds the rounding of one float32 operation, u·|result| with u = 2^-24, to what the
errors of its operands become (Higham, "Accuracy and Stability of Numerical Algorithms", §3.3). So a
formula written once gives the value and the budget that its arithmetic calls for. Terms of second
order are covered by taking u a thousandth larger.

Order statistics have bounds too: numbers that are off by at most e have ranks that are off by at
most e.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Real = Any  # a float or a float64 array; numpy's types have no name for both

UNIT = 2.0**-24 * 1.001
TINY = 2.0**-149


@dataclass(slots=True)
class Bounded:
    """A value and its bound (>= 0), of one shape; plain numbers in a formula are exact."""

    value: Real
    bound: Real

    def __add__(self, other: Bounded | Real) -> Bounded:
        x = exact(other)
        value = self.value + x.value
        return Bounded(value, self.bound + x.bound + UNIT * abs(value))

    def __sub__(self, other: Bounded | Real) -> Bounded:
        x = exact(other)
        value = self.value - x.value
        return Bounded(value, self.bound + x.bound + UNIT * abs(value))

    def __mul__(self, other: Bounded | Real) -> Bounded:
        x = exact(other)
        value = self.value * x.value
        passed = abs(self.value) * x.bound + (abs(x.value) + x.bound) * self.bound
        return Bounded(value, passed + UNIT * abs(value) + TINY)

    def __truediv__(self, other: Bounded | Real) -> Bounded:
        """The divisor has to be positive beyond its bound."""
        x = exact(other)
        value = self.value / x.value
        passed = (self.bound + abs(value) * x.bound) / (x.value - x.bound)
        return Bounded(value, passed + UNIT * abs(value) + TINY)

    def __neg__(self) -> Bounded:
        return Bounded(-self.value, self.bound)

    def __abs__(self) -> Bounded:
        return Bounded(abs(self.value), self.bound)

    def __getitem__(self, index: Any) -> Bounded:
        return Bounded(self.value[index], self.bound[index])

    def squared(self) -> Bounded:
        """self · self"""
        return self * self

    def sum(self) -> Bounded:
        """The sum of all elements, in any order."""
        values = np.asarray(self.value, np.float64)
        rounding = UNIT * values.size * float(np.abs(values).sum())
        return Bounded(float(values.sum()), float(np.sum(self.bound)) + rounding)

    def mean(self) -> Bounded:
        """The mean of all elements; 0 of none."""
        n = np.asarray(self.value).size
        return self.sum() / float(n) if n else Bounded(0.0, 0.0)

    def sqrt(self) -> Bounded:
        """Of a value that is not negative; exact where float32 is rounded correctly."""
        root = np.sqrt(np.maximum(self.value, 0.0))
        moved = np.where(root > 0, self.bound / np.maximum(root, 1e-300), np.inf)
        bound = np.minimum(moved, np.sqrt(self.bound)) + UNIT * root
        return Bounded(_plain(root), _plain(bound))

    def clipped(self, low: float, high: float) -> Bounded:
        """Moved into low..high."""
        return Bounded(_plain(np.clip(self.value, low, high)), self.bound)

    def single(self) -> Bounded:
        """Rounded to float32 once more, as where a double is kept as a float."""
        return Bounded(self.value, self.bound + UNIT * abs(self.value))


ZERO = Bounded(0.0, 0.0)


def log_error(log: Real) -> Real:
    """How far the node's logarithm may lie from the true logarithm `log`."""
    return UNIT * (3.0 * np.abs(log) + 2.1)


def exact(x: Bounded | Real) -> Bounded:
    """A number that twin and device both have exactly."""
    return x if isinstance(x, Bounded) else Bounded(x, 0.0)


def zeros(*shape: int) -> Bounded:
    """Exact zeros of a shape."""
    return Bounded(np.zeros(shape), np.zeros(shape))


def stacked(parts: Sequence[Bounded]) -> Bounded:
    """Values of one shape as one array, along a new first axis."""
    return Bounded(np.array([p.value for p in parts]), np.array([p.bound for p in parts]))


def f32(x: float) -> float:
    """A constant as float32 holds it."""
    return float(np.float32(x))


def towards(mean: Bounded, x: Bounded, share: float) -> Bounded:
    """The running mean, mean + share · (x - mean). The old mean's bound shrinks by 1 - share."""
    moved = (x - mean) * share
    value = mean.value + moved.value
    bound = (1 - share) * mean.bound + share * x.bound
    rounding = 2 * UNIT * abs(moved.value) + UNIT * abs(value)
    return Bounded(value, bound + rounding + TINY)


def saturate(x: Bounded, half: Bounded | float) -> Bounded:
    """x / (x + half) for positive x, else 0; half > 0. The slopes are half and x / (x + half)²."""
    h = exact(half)
    top = max(float(x.value), 0.0)
    low = max(float(x.value) - float(x.bound), 0.0)
    value = top / (top + float(h.value))
    least = low + float(h.value) - float(h.bound)
    if least <= 0:
        return Bounded(value, 1.0)
    slope = (float(h.value) * float(x.bound) + top * float(h.bound)) / least**2
    return Bounded(value, min(slope + 3 * UNIT * value, 1.0))


def larger(a: Bounded, b: Bounded) -> Bounded:
    """The larger of two."""
    return Bounded(max(a.value, b.value), max(a.bound, b.bound))


def smaller(a: Bounded, b: Bounded) -> Bounded:
    """The smaller of two."""
    return Bounded(min(a.value, b.value), max(a.bound, b.bound))


def ordered(parts: Sequence[Bounded]) -> list[Bounded]:
    """The numbers in ascending order, each as uncertain as the most uncertain of them."""
    bound = max(float(p.bound) for p in parts)
    return [Bounded(value, bound) for value in sorted(float(p.value) for p in parts)]


def median(x: Bounded) -> Bounded:
    """The median of an array [n], n >= 1; for an even n the mean of the two middle values."""
    middle = Bounded(float(np.median(x.value)), float(np.max(x.bound)))
    return middle if x.value.size % 2 else middle.single()


def _plain(x: Float64) -> Real:
    return float(x) if np.ndim(x) == 0 else x
