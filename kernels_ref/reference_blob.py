"""The reference blob: a model of the default shape with fixed pseudo-random weights."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from kernels_ref.blob import ModelShape, Pooling, WeightBlob, WeightDtype

REFERENCE_SHAPE = ModelShape(
    input_dim=16, n_q_heads=4, n_kv_heads=1, head_dim=32, n_layers=2, n_classes=4
)
SEED = 0xC5110007DEADBEEF
MASK64 = (1 << 64) - 1


def init_random_blob(
    shape: ModelShape = REFERENCE_SHAPE,
    dtype: WeightDtype = WeightDtype.FLOAT32,
    pooling: Pooling = Pooling.LAST_TOKEN,
) -> bytes:
    """A blob whose weights are the first draws of xorshift64*, within 0.1 of zero.

    Without arguments: the reference blob, 41,244 bytes, the same on every machine. A float16 blob
    holds the same weights rounded.

    Raises:
        InvalidShape: for a shape no model can have.
    """
    shape.check()
    draws = np.fromiter(islice(_xorshift64_star(), shape.n_weights), np.uint64, shape.n_weights)
    bits = (draws >> np.uint64(32)).astype(np.uint32).astype(np.float32)
    unit = bits / np.float32(2**32 - 1)
    weights = (unit - np.float32(0.5)) * np.float32(0.2)
    blob = WeightBlob(shape, weights.astype("<f4"), pooling=pooling)
    return blob.converted(dtype).serialize()


def _xorshift64_star() -> Iterator[int]:
    """Vigna's xorshift64* with the shifts 13, 7 and 17."""
    x = SEED
    while True:
        x ^= (x << 13) & MASK64
        x ^= x >> 7
        x ^= (x << 17) & MASK64
        yield (x * 0x2545F4914F6CDD1D) & MASK64
