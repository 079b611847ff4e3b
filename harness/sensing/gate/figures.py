"""What trainings of dense and sparse encoders from the same seeds measured, and intervals of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import BenchError

Matrix = npt.NDArray[np.float64]

DRAWS = 2000
LEVEL = 0.95

_NAMES = ("dense_loss", "sparse_loss", "dense_rank1", "sparse_rank1", "order", "order_floor")


@dataclass(frozen=True)
class Interval:
    """A figure, and the interval in which it lies in the share LEVEL of the draws."""

    value: float
    low: float
    high: float


def interval(
    figure: Callable[..., float], *matrices: Matrix, draws: int = DRAWS, seed: int = 1
) -> Interval:
    """The interval of `figure(*matrices)`, percentiles of draws with replacement.

    Args:
        figure: of matrices [seeds, persons] of any size.
        matrices: of one shape. Each draw takes seeds and persons with replacement, the same ones
            from every matrix, so that what two encoders have in common does not count as chance.

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


@dataclass(frozen=True)
class Figures:
    """Every matrix is [seeds, persons]: means over windows of a person who was not in the training.

    Attributes:
        dense_loss, sparse_loss: InfoNCE, nats.
        dense_rank1, sparse_rank1: share of windows whose nearest window of another recording is
            the same person's.
        order: Spearman's correlation of the orders of each window's 50 nearest, dense with sparse.
        order_floor: the same for two dense encoders whose trainings differ only in the seed.
        told: what was trained, and on how much, for a person.
    """

    dense_loss: Matrix
    sparse_loss: Matrix
    dense_rank1: Matrix
    sparse_rank1: Matrix
    order: Matrix
    order_floor: Matrix
    told: Mapping[str, Any]

    def __post_init__(self) -> None:
        shape = self.dense_loss.shape
        for name in _NAMES:
            matrix = getattr(self, name)
            if matrix.ndim != 2 or matrix.shape != shape or not matrix.size:
                raise ValueError(f"{name} is {matrix.shape}, dense_loss is {shape}")
            if not np.isfinite(matrix).all():
                raise ValueError(f"{name} has a value that is not finite")

    @classmethod
    def read(cls, path: Path) -> Figures:
        """The figures in the file that a training wrote. Raises BenchError."""
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            matrices = {name: np.array(told.pop(name), np.float64) for name in _NAMES}
            return cls(**matrices, told=told)
        except (OSError, ValueError, KeyError) as error:
            raise BenchError(f"{path} is not a file of a gate's figures: {error}.") from None

    def write(self, path: Path) -> None:
        """Writes the file that `read` reads."""
        told = {name: getattr(self, name).tolist() for name in _NAMES} | dict(self.told)
        path.write_text(json.dumps(told, indent=1), encoding="utf-8")
