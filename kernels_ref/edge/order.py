"""Order statistics with bounds: numbers that are off by at most e have ranks off by at most e."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kernels_ref.edge.bounded import Bounded


def ordered(parts: Sequence[Bounded]) -> list[Bounded]:
    """The numbers in ascending order, each as uncertain as the most uncertain of them."""
    bound = max(float(p.bound) for p in parts)
    return [Bounded(value, bound) for value in sorted(float(p.value) for p in parts)]


def median(x: Bounded) -> Bounded:
    """Of an array [n], n >= 1; of an even number the mean of the middle two."""
    middle = Bounded(float(np.median(x.value)), float(np.max(x.bound)))
    return middle if x.value.size % 2 else middle.single()
