"""How far a figure over seeds and persons would move with other seeds and other persons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]

DRAWS = 2000
LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A figure, and where it lies in LEVEL of the draws."""

    value: float
    low: float
    high: float


def interval(
    figure: Callable[..., float], *matrices: Matrix, draws: int = DRAWS, seed: int = 1
) -> Interval:
    """The interval of `figure(*matrices)`, percentiles of draws with replacement.

    Args:
        figure: of matrices [seeds, persons] of any size.
        matrices: of one shape. Each draw takes seeds and persons, both with replacement and the
            same ones of every matrix: what two encoders share is not counted as chance.

    Raises:
        ValueError: without a matrix, or for matrices of several shapes.
    """
    if not matrices or len({matrix.shape for matrix in matrices}) != 1:
        raise ValueError(f"matrices of the shapes {[matrix.shape for matrix in matrices]}")
    rng = np.random.default_rng(seed)
    n_seeds, n_persons = matrices[0].shape
    drawn = np.empty(draws)
    for i in range(draws):
        rows = rng.integers(0, n_seeds, n_seeds)
        columns = rng.integers(0, n_persons, n_persons)
        drawn[i] = figure(*(matrix[np.ix_(rows, columns)] for matrix in matrices))
    tail = 50 * (1 - LEVEL)
    low, high = np.percentile(drawn, [tail, 100 - tail])
    return Interval(figure(*matrices), float(low), float(high))
