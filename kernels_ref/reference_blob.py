"""The reference blob: a model of the default shape with fixed pseudo-random weights."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
import numpy.typing as npt

from kernels_ref.blob import WeightBlob
from kernels_ref.blob_header import Feed, Pooling, WeightDtype
from kernels_ref.blob_layout import ModelShape

REFERENCE_SHAPE = ModelShape(
    input_dim=16, n_q_heads=4, n_kv_heads=1, head_dim=32, n_layers=2, n_classes=4
)
SEED = 0xC5110007DEADBEEF
MASK64 = (1 << 64) - 1


def init_random_blob(
    shape: ModelShape = REFERENCE_SHAPE,
    dtype: WeightDtype = WeightDtype.FLOAT32,
    pooling: Pooling = Pooling.LAST_TOKEN,
    feed: Feed | None = None,
) -> bytes:
    """A blob whose weights are the first draws of xorshift64*, within 0.1 of zero.

    Without arguments: the reference blob, 41,244 bytes, the same on every machine. A float16 blob
    holds the same weights rounded.

    Raises:
        InvalidShape: for a shape no model can have.
    """
    shape.check()
    unit = xorshift_units(shape.n_weights)
    weights = (unit - np.float32(0.5)) * np.float32(0.2)
    blob = WeightBlob(shape, weights.astype("<f4"), pooling=pooling, feed=feed)
    return blob.converted(dtype).serialize()


def xorshift_units(count: int, seed: int = SEED) -> npt.NDArray[np.float32]:
    """The first `count` draws of xorshift64* from a seed other than 0, as float32 from 0 to 1.

    The high 32 bits of a draw, rounded to float32, are divided by float32(2^32 - 1).
    """
    draws = np.fromiter(islice(_xorshift64_star(seed), count), np.uint64, count)
    bits = (draws >> np.uint64(32)).astype(np.float32)
    return np.asarray(bits / np.float32(2**32 - 1))


def _xorshift64_star(x: int) -> Iterator[int]:
    """Vigna's xorshift64* with the shifts 13, 7 and 17."""
    while True:
        x ^= (x << 13) & MASK64
        x ^= x >> 7
        x ^= (x << 17) & MASK64
        yield (x * 0x2545F4914F6CDD1D) & MASK64
