"""What trainings of dense and sparse encoders from the same seeds measured."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness.errors import BenchError
from harness.sensing.gate.bootstrap import Matrix

_SIDED = ("loss", "rank1")
_OF_BOTH = ("order", "order_floor")


@dataclass(frozen=True)
class Figures:
    """Every matrix is [seeds, persons], means over the windows of a person who was not trained on.

    Attributes:
        dense_loss, sparse_loss: InfoNCE, nats.
        dense_rank1, sparse_rank1: share of windows whose nearest window of another recording is
            the same person's.
        order: Spearman's correlation of the orders of each window's 50 nearest, dense by sparse.
        order_floor: the same of two dense encoders whose trainings differ by the seed alone.
        told: what was trained and on how much, for a person.
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
        for name in _names():
            matrix = getattr(self, name)
            if matrix.ndim != 2 or matrix.shape != shape or not matrix.size:
                raise ValueError(f"{name} is {matrix.shape}, dense_loss is {shape}")
            if not np.isfinite(matrix).all():
                raise ValueError(f"{name} has a value that is not finite")

    @classmethod
    def read(cls, path: Path) -> Figures:
        """From the file that a training wrote. Raises BenchError."""
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            matrices = {name: np.array(told.pop(name), np.float64) for name in _names()}
            return cls(**matrices, told=told)
        except (OSError, ValueError, KeyError) as error:
            raise BenchError(f"{path} holds no figures of a gate: {error}.") from None

    def write(self, path: Path) -> None:
        """For `read`."""
        told = {name: getattr(self, name).tolist() for name in _names()} | dict(self.told)
        path.write_text(json.dumps(told, indent=1), encoding="utf-8")


def _names() -> tuple[str, ...]:
    sided = (f"{side}_{name}" for name in _SIDED for side in ("dense", "sparse"))
    return (*sided, *_OF_BOTH)
