"""Compares arrays element by element within a budget, with an error that explains itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.compare.budget import Budget
from harness.errors import BenchError


@dataclass(frozen=True)
class Labels:
    """What is compared: its name, the names of its axes, and the command that repeats the case."""

    what: str
    axes: tuple[str, ...]
    repeat: str = ""

    def element(self, index: Sequence[int]) -> str:
        """Return e.g. ``token 37, head 2, dim 5``."""
        names = self.axes if len(self.axes) == len(index) else ("index",) * len(index)
        return ", ".join(f"{n} {i}" for n, i in zip(names, index, strict=True)) or self.what


@dataclass(frozen=True)
class Comparison:
    """The result of a comparison. `ratio` is error / budget of the worst element."""

    what: str
    ratio: float
    error: float
    limit: float
    worst: tuple[int, ...]
    count: int


class ShapeDiffers(AssertionError):
    """The device returned an array of another shape than the oracle."""

    def __init__(self, labels: Labels, actual: tuple[int, ...], truth: tuple[int, ...]) -> None:
        self.actual, self.truth = actual, truth
        super().__init__(
            f"{labels.what}: the device's shape is {actual}, the oracle's {truth}{_how(labels)}"
        )


class ToleranceExceeded(AssertionError):
    """At least one element is further from the oracle than its budget."""

    def __init__(self, comparison: Comparison, message: str) -> None:
        self.comparison = comparison
        super().__init__(message)


class BitsDiffer(AssertionError):
    """Two results that must be the same bits are not."""


class GoldenModelUnusable(BenchError, ValueError):
    """The oracle's result or the budget is not a number, so nothing can be compared with it."""

    def __init__(self, what: str, wrong: str) -> None:
        super().__init__(f"{what}: {wrong}.", "The device was not judged; mend the case.")


def compare(
    actual: ArrayLike,
    truth: ArrayLike,
    budget: Budget,
    labels: Labels,
    record: Callable[[Comparison], None] | None = None,
    explain: Callable[[], str | None] | None = None,
) -> Comparison:
    """Compare a device's array with the oracle's, element by element.

    `record` gets the result before anything is raised. `explain` is called for the cause only when
    the comparison fails. A value that is not finite is an infinite error. Where the budget is zero
    only the same value passes.

    Raises ShapeDiffers or ToleranceExceeded; GoldenModelUnusable when the oracle's result or the
    budget is not finite, or the budget below zero.
    """
    __tracebackhide__ = True
    with np.errstate(invalid="ignore"):  # a signalling NaN is judged like any other value
        device = np.asarray(actual, np.float64)
        oracle = np.asarray(truth, np.float64)
    if device.shape != oracle.shape:
        raise ShapeDiffers(labels, device.shape, oracle.shape)
    if not np.all(np.isfinite(oracle)):
        raise GoldenModelUnusable(labels.what, "the oracle's own result is not finite")
    if device.size == 0:
        return Comparison(labels.what, 0.0, 0.0, 0.0, (), 0)

    with np.errstate(invalid="ignore"):
        error = np.where(np.isfinite(device), np.abs(device - oracle), np.inf)
    limit = budget.limit(oracle.shape)
    if not np.all(np.isfinite(limit) & (limit >= 0.0)):
        raise GoldenModelUnusable(labels.what, "the budget of an element is no number or below 0")
    ratio = _share(error, limit)
    worst = tuple(int(x) for x in np.unravel_index(int(np.argmax(ratio)), ratio.shape))
    outcome = Comparison(
        labels.what,
        float(ratio[worst]),
        float(error[worst]),
        float(limit[worst]),
        worst,
        int(ratio.size),
    )
    if record is not None:
        record(outcome)
    if outcome.ratio > 1.0:
        cause = explain() if explain is not None else None
        text = _report(device, oracle, ratio, budget, labels, outcome, cause)
        raise ToleranceExceeded(outcome, text)
    return outcome


def _share(error: NDArray[np.float64], limit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Error / budget. Where the budget is 0: 0 without an error, else infinite."""
    share = np.where(error > 0.0, np.inf, 0.0)
    with np.errstate(over="ignore"):
        return np.divide(error, limit, out=share, where=limit > 0.0)


def same_bits(first: ArrayLike, second: ArrayLike, labels: Labels) -> None:
    """Check that two arrays are equal bit for bit. Raises ShapeDiffers or BitsDiffer."""
    __tracebackhide__ = True
    a, b = np.ascontiguousarray(first), np.ascontiguousarray(second)
    if a.shape != b.shape or a.dtype != b.dtype:
        raise ShapeDiffers(labels, a.shape, b.shape)
    flat_a, flat_b = a.ravel(), b.ravel()
    raw_a, raw_b = (f.view(np.uint8).reshape(a.size, a.dtype.itemsize) for f in (flat_a, flat_b))
    different = np.flatnonzero((raw_a != raw_b).any(axis=1))
    if different.size:
        at = int(different[0])
        index = tuple(int(x) for x in np.unravel_index(at, a.shape))
        raise BitsDiffer(
            f"{labels.what}: {different.size} of {a.size} elements differ between two runs on the"
            f" same inputs, first {labels.element(index)}: {_with_bits(flat_a[at])} and then"
            f" {_with_bits(flat_b[at])}{_how(labels)}"
        )


def _with_bits(value: np.generic) -> str:
    return f"{value!r} ({value.tobytes()[::-1].hex()})"


def _report(
    device: NDArray[np.float64],
    oracle: NDArray[np.float64],
    ratio: NDArray[np.float64],
    budget: Budget,
    labels: Labels,
    outcome: Comparison,
    cause: str | None,
) -> str:
    beyond = ratio > 1.0
    first = tuple(int(x) for x in np.argwhere(beyond)[0])
    worst = _values(device, oracle, outcome.worst, labels)
    terms = budget.describe(oracle.shape, outcome.worst).replace("\n", "\n          + ")
    lines = [
        f"{labels.what}: {int(beyond.sum())} of {ratio.size} elements are beyond the error budget.",
        f"  cause   {cause}" if cause else "",
        f"  worst   {worst}, error {outcome.error:.3g} = {outcome.ratio:.4g} x the budget",
        f"  budget  {outcome.limit:.3g} here, the sum of",
        f"            {terms}",
        f"  first   {_values(device, oracle, first, labels)}",
        f"  repeat  {labels.repeat}" if labels.repeat else "",
    ]
    return "\n".join(line for line in lines if line)


def _values(
    device: NDArray[np.float64],
    oracle: NDArray[np.float64],
    index: tuple[int, ...],
    labels: Labels,
) -> str:
    return (
        f"{labels.element(index)}: device {float(device[index]):.9g},"
        f" oracle {float(oracle[index]):.9g}"
    )


def _how(labels: Labels) -> str:
    return f"\n  repeat  {labels.repeat}" if labels.repeat else ""
