"""Plain softmax attention over all tokens."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kernels_ref.errors import ShapeMismatch
from kernels_ref.numerics import prepare, softmax
from kernels_ref.tensors import Tensor, attention_operands

CHUNK_BYTES = 4 << 20
MAX_ROWS = 64
"""Rows of one head that are computed together; more would not fit a processor's cache."""


def dense_attention(
    q: npt.ArrayLike, k: npt.ArrayLike, v: npt.ArrayLike, causal: bool = True
) -> Tensor:
    """Attention of every token over all tokens, or all earlier ones and itself when causal.

    Args:
        q: queries `[N, H, d]`.
        k: keys `[N, H, d]`.
        v: values `[N, H, d]`.
        causal: leave out later tokens.

    Returns:
        `[N, H, d]` in q's type. Scores are formed for a run of rows at a time, never `[N, N]`.

    Raises:
        UnsupportedDtype, ShapeMismatch, NonFinite: as the names say; grouped heads are a
            ShapeMismatch.
    """
    q, k, v = attention_operands(q, k, v)
    if k.shape[1] != q.shape[1]:
        raise ShapeMismatch("k", k.shape, f"{q.shape[1]} heads: dense has no grouped heads")
    n = len(q)
    if n == 0:
        return q.copy()
    x = prepare(q, k, v)
    out = np.empty(q.shape, q.dtype)
    rows = max(1, min(n, MAX_ROWS, CHUNK_BYTES // (x.q.itemsize * n)))
    q_heads = np.ascontiguousarray(x.q.transpose(1, 2, 0, 3))
    k_heads, v_heads = (np.ascontiguousarray(h.swapaxes(0, 1)) for h in (x.k, x.v))
    for start in range(0, n, rows):
        stop = min(start + rows, n)
        seen = stop if causal else n
        scores = q_heads[:, :, start:stop] @ k_heads[:, None, :seen].swapaxes(-1, -2)
        if causal:
            later = np.triu(np.ones((stop - start, stop - start), dtype=np.bool_), 1)
            scores[:, :, :, start:][:, :, later] = -np.inf
        exponent = None if x.exponent is None else x.exponent[start:stop].transpose(1, 2, 0)
        total = softmax(scores, x.scale, exponent)
        sums = scores @ v_heads[:, None, :seen]
        x.finish(sums.transpose(2, 0, 1, 3), total.transpose(2, 0, 1), out[start:stop])
    return out
