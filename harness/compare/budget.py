"""An error budget: how far a computed number may lie from the true one, and why.

A budget is a sum of terms, each with its reason, so that a comparison that fails can say how much
was allowed and why.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UNIT_ROUNDOFF = 2.0**-24
"""Of float32: half the distance from 1 to the next number."""

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Term:
    """One part of a budget: absolute, broadcastable to the compared array."""

    name: str
    value: Float64
    reason: str


@dataclass(frozen=True)
class Budget:
    """The sum of its terms, element by element. Units: those of the compared array."""

    terms: tuple[Term, ...]

    def limit(self, shape: tuple[int, ...]) -> Float64:
        """Return the allowed absolute error of every element of an array of `shape`."""
        total = np.zeros(shape)
        for term in self.terms:
            total = total + np.broadcast_to(term.value, shape)
        return total

    def describe(self, shape: tuple[int, ...], index: tuple[int, ...]) -> str:
        """Return the terms at one element, each with its reason, one a line."""
        return "\n".join(
            f"{float(np.broadcast_to(term.value, shape)[index]):.3g} {term.name}: {term.reason}"
            for term in self.terms
        )
