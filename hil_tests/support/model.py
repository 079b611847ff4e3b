"""Models for the tests: a blob, and what the oracle makes of frames with it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from harness.compare import Budget, logits_budget
from kernels_ref import (
    REFERENCE_SHAPE,
    ModelShape,
    Pooling,
    TemporalClassifier,
    WeightBlob,
    WeightDtype,
    init_random_blob,
)


@dataclass(frozen=True)
class Expected:
    """The oracle's float64 logits [n_classes] and their budget."""

    logits: NDArray[np.float64]
    budget: Budget


@dataclass(frozen=True)
class Model:
    """A blob, and the oracle's classifier of it."""

    blob: bytes

    @cached_property
    def parsed(self) -> WeightBlob:
        """The blob as the oracle reads it."""
        return WeightBlob.parse(self.blob)

    @property
    def crc(self) -> int:
        """The CRC that the blob ends in, over everything before it."""
        return zlib.crc32(self.blob[:-4])

    @property
    def shape(self) -> ModelShape:
        """The blob's dimensions."""
        return self.parsed.shape

    def expect(self, frames: NDArray[np.float32]) -> Expected:
        """Return what the oracle says of frames [n, D], oldest first."""
        wide = frames.astype(np.float64)
        logits = TemporalClassifier.from_blob(self.parsed).logits(wide)
        pooled = TemporalClassifier.from_blob(self._pooled).logits(wide)
        return Expected(logits, logits_budget(pooled[: self.shape.input_dim], self._classifier))

    @property
    def _classifier(self) -> NDArray[np.float64]:
        return self.parsed.classifier().astype(np.float64)

    @cached_property
    def _pooled(self) -> WeightBlob:
        """The same model with the identity for Wc: its logits are the pooled token."""
        d = self.shape.input_dim
        classes = max(d, 2)
        own = self.parsed.weights
        layers = own[: own.size - d * self.shape.n_classes]
        identity = np.eye(d, classes, dtype=own.dtype).reshape(-1)
        shape = replace(self.shape, n_classes=classes)
        return replace(self.parsed, shape=shape, weights=np.concatenate([layers, identity]))


def random_model(
    shape: ModelShape,
    seed: int,
    dtype: WeightDtype = WeightDtype.FLOAT32,
    pooling: Pooling = Pooling.LAST_TOKEN,
) -> Model:
    """Return a model of normal weights, scaled so that layers keep the size of their input."""
    rng = np.random.default_rng(seed)
    weights = rng.standard_normal(shape.n_weights) / np.sqrt(max(shape.input_dim, shape.head_dim))
    blob = WeightBlob(shape, weights.astype("<f4"), pooling=pooling).converted(dtype)
    return Model(blob.serialize())


def random_frames(rng: np.random.Generator, n: int, d: int = 16) -> NDArray[np.float32]:
    """Return standard normal frames [n, d]."""
    return rng.standard_normal((n, d)).astype(np.float32)


REFERENCE = Model(init_random_blob())
assert REFERENCE.shape == REFERENCE_SHAPE

# The node's own input and classes, and a blob of 5 KB: for what is about weights, not about logits.
NODE_SHAPE = ModelShape(
    input_dim=16, n_q_heads=4, n_kv_heads=1, head_dim=8, n_layers=1, n_classes=4
)

# Small enough to be uploaded in one line, and still with grouped heads.
SMALL = random_model(ModelShape(3, 4, 2, 2, 1, 3), seed=31)
