"""Plain softmax attention over all tokens."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kernels_ref.errors import ShapeMismatch
from kernels_ref.numerics import exponentiate, prepare
from kernels_ref.tensors import Tensor, attention_operands

CHUNK_BYTES = 4 << 20


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
    out = np.empty_like(x.q)
    rows = max(1, min(n, CHUNK_BYTES // (x.q.itemsize * n)))
    for start in range(0, n, rows):
        stop = min(start + rows, n)
        seen = stop if causal else n
        scores = x.q[:, :, start:stop] @ x.k[:, None, :seen].swapaxes(-1, -2)
        if causal:
            later = np.triu(np.ones((stop - start, stop - start), dtype=np.bool_), 1)
            scores[:, :, :, start:][:, :, later] = -np.inf
        exponent = None if x.exponent is None else x.exponent[:, :, start:stop]
        total = exponentiate(scores, exponent)
        out[:, :, start:stop] = scores @ x.v[:, None, :seen] / total
    return x.finish(out)
