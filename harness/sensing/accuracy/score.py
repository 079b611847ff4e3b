"""How right a model is: accuracy, F1, confusion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Score:
    """confusion: counts of windows, [label, class that was given]."""

    confusion: Counts

    @property
    def windows(self) -> int:
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """The share of the windows that are right; 0 without windows."""
        return float(np.trace(self.confusion) / max(self.windows, 1))

    @property
    def recall(self) -> npt.NDArray[np.float64]:
        """[n_classes]; nan where a class has no window."""
        return _shares(np.diag(self.confusion), self.confusion.sum(axis=1))

    @property
    def precision(self) -> npt.NDArray[np.float64]:
        """[n_classes]; nan where a class was never given."""
        return _shares(np.diag(self.confusion), self.confusion.sum(axis=0))

    @property
    def macro_f1(self) -> float:
        """The mean over the classes that have windows; one that is never right counts 0."""
        of = self.confusion
        both = of.sum(axis=0) + of.sum(axis=1)
        has_any = of.sum(axis=1) > 0
        f1 = 2 * np.diag(of) / np.maximum(both, 1)
        return float(f1[has_any].mean()) if has_any.any() else 0.0


def score_of(labels: Sequence[int], said: Sequence[int], n_classes: int) -> Score:
    """The score of the classes that were given."""
    confusion = np.zeros((n_classes, n_classes), np.int64)
    np.add.at(confusion, (np.asarray(labels, int), np.asarray(said, int)), 1)
    return Score(confusion)


def _shares(part: Counts, whole: Counts) -> npt.NDArray[np.float64]:
    with np.errstate(invalid="ignore"):
        return np.where(whole > 0, part / np.where(whole > 0, whole, 1), np.nan)
