"""Models for the tests: a blob, and what the oracle makes of frames with it."""

from __future__ import annotations

import dataclasses
import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from harness.sensing.compare.model import ExpectedLogits, expected_logits
from kernels_ref import (
    REFERENCE_SHAPE,
    ModelShape,
    Pooling,
    WeightBlob,
    WeightDtype,
    init_random_blob,
)
from kernels_ref.blob_layout import cut


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

    def expect(self, frames: NDArray[np.float32]) -> ExpectedLogits:
        """Return what the oracle says of frames [n, D], oldest first."""
        return expected_logits(self.parsed, frames)


def random_model(
    shape: ModelShape,
    seed: int,
    dtype: WeightDtype = WeightDtype.FLOAT32,
    pooling: Pooling = Pooling.LAST_TOKEN,
) -> Model:
    """Return a model of normal weights, scaled so that layers keep the size of their input.

    Scales of the frames lie around 1. Maxima are beside the mean: with the last token alone there
    are none, whatever the shape says.
    """
    shape = dataclasses.replace(shape, max_pooling=shape.max_pooling and pooling is Pooling.MEAN)
    rng = np.random.default_rng(seed)
    widest = max(shape.dim, shape.head_dim)
    weights = rng.standard_normal(shape.n_weights) / np.sqrt(widest)
    parts = cut(shape, weights)
    if parts.affine is not None:
        parts.affine.scale[:] += 1
    for mlp in parts.mlps:
        mlp.w2[:] *= np.sqrt(widest / shape.mlp_width)
    if parts.conv is not None:
        parts.conv.w[:] *= np.sqrt(2 * widest / len(parts.conv.w))
    if parts.stem is not None:
        parts.stem.w1[:] /= np.sqrt(shape.stem_taps)
        parts.stem.w2[:] *= np.sqrt(widest / shape.stem_width)
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
