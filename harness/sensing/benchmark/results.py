"""What a benchmark measured: curves over the number of tokens, and figures with their targets.

A source (`harness/sensing/benchmark/sources.py`) returns a `Result`, which is all that is needed to
print, plot and store it, and to compare it with an earlier run.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from harness.sensing.figure import Figure


@dataclass(frozen=True)
class Plan:
    """How much to measure.

    Attributes:
        longest: no sequence longer than this.
        rounds: interleaved measurements of each way; the median counts.
    """

    longest: int
    rounds: int

    def lengths(self, wanted: Sequence[int]) -> list[int]:
        """Those of `wanted` that are not too long."""
        return [n for n in wanted if n <= self.longest]


@dataclass(frozen=True)
class Curve:
    """One quantity over the number of tokens.

    Attributes:
        name: what was measured; the same in every run, because runs are compared by it.
        unit: `s`, `B` or another one.
        points: the median by the number of tokens.
        fit_from: the growth is fitted from this many tokens on, where constant costs no longer
            matter.
    """

    name: str
    unit: str
    points: Mapping[int, float]
    fit_from: int = 1

    @property
    def fitted_from(self) -> int:
        """`fit_from`; where a run is too short for that, the third last of its points."""
        lengths = sorted(self.points)
        return min([self.fit_from, *lengths[-3:-2]])

    @property
    def growth(self) -> float | None:
        """The exponent e of a * N^e, fitted by least squares of the logarithms.

        None with fewer than two points, or one that is not positive.
        """
        fitted = [(n, value) for n, value in self.points.items() if n >= self.fitted_from]
        if len(fitted) < 2 or any(value <= 0 for _, value in fitted):
            return None
        lengths, values = np.log(np.transpose(fitted))
        return float(np.polyfit(lengths, values, 1)[0])


@dataclass(frozen=True)
class Result:
    """What one source measured.

    Attributes:
        source: its name.
        how: how it was measured, in a sentence or two: shapes, threads, what against what.
        curves: in the order to print them.
        measured: in the order to print them.
    """

    source: str
    how: str
    curves: tuple[Curve, ...] = ()
    measured: tuple[Figure, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As JSON, with growth and verdicts, which other readers need not compute."""
        value = dataclasses.asdict(self)
        for entry, curve in zip(value["curves"], self.curves, strict=True):
            entry["growth"] = curve.growth
        value["measured"] = [figure.to_json() for figure in self.measured]
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """What `to_json` gave; growth and verdicts are computed again.

        Raises:
            KeyError, TypeError, ValueError, AttributeError: when `value` is something else.
        """
        curves = [
            Curve(
                str(entry["name"]),
                str(entry["unit"]),
                {int(n): float(point) for n, point in entry["points"].items()},
                int(entry["fit_from"]),
            )
            for entry in value["curves"]
        ]
        measured = tuple(map(Figure.from_json, value["measured"]))
        return cls(str(value["source"]), str(value["how"]), tuple(curves), measured)


def ratios(name: str, over: Curve, under: Curve, targets: Mapping[int, float]) -> list[Figure]:
    """`over` divided by `under` at the lengths that have a target, `name, N=...` each."""
    return [
        Figure(
            f"{name}, N={n:,}",
            over.points[n] / under.points[n] if n in over.points and n in under.points else None,
            target,
            unit="x",
        )
        for n, target in targets.items()
    ]
