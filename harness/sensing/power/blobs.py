"""Blobs for updates: none like another."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kernels_ref import REFERENCE_SHAPE, ModelShape, WeightBlob, WeightDtype

_SMALL = ModelShape(input_dim=16, n_q_heads=1, n_kv_heads=1, head_dim=2, n_layers=1, n_classes=2)
_SMALL_BLOBS = 5
_ERASED = slice(100, 144)  # weights that look as if they were never programmed


def small_blobs(seed: int) -> list[bytes]:
    """Five blobs of 348 bytes that fit every node.

    The first has weights that look erased in the middle and at the end, the second zeros.
    """
    rng = np.random.default_rng(seed)
    weights = [rng.standard_normal(_SMALL.n_weights).astype("<f2") for _ in range(_SMALL_BLOBS)]
    weights[0].view("<u2")[_ERASED] = 0xFFFF
    weights[0].view("<u2")[-8:] = 0xFFFF
    weights[1][_ERASED] = 0
    return [_serialized(_SMALL, each) for each in weights]


def node_blob(seed: int) -> bytes:
    """A blob of the default shape in float16, 20,636 bytes."""
    rng = np.random.default_rng(seed)
    weights = 0.1 * rng.standard_normal(REFERENCE_SHAPE.n_weights)
    return _serialized(REFERENCE_SHAPE, weights.astype("<f2"))


def _serialized(shape: ModelShape, weights: npt.NDArray[np.float16]) -> bytes:
    return WeightBlob(shape, weights, dtype=WeightDtype.FLOAT16).serialize()
