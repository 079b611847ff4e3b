"""Sparse attention over a whole window (prefill)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kernels_ref.candidates import Candidates, FarTokens, Landmarks, Window
from kernels_ref.numerics import Operands, add_candidates, exponentiate, prepare
from kernels_ref.pattern import SparseAttentionConfig
from kernels_ref.runs import Rows, runs
from kernels_ref.tensors import Tensor, attention_operands

CHUNK_BYTES = 1 << 19
"""Memory of the scores of one run of rows, which stay in a processor's cache."""
MIN_ROWS, SHORT_RUN, MAX_ROWS = 64, 512, 1024
MIN_TILE, MAX_TILE = 8, 128
"""How many queries are multiplied with one band of keys."""


def sparse_attention(
    q: npt.ArrayLike, k: npt.ArrayLike, v: npt.ArrayLike, config: SparseAttentionConfig
) -> Tensor:
    """Attention of every token over its candidates.

    Softmax runs over token and landmark candidates together. Query head h reads key/value head
    h // (Hq // Hkv), so the shapes select multi-head, grouped or multi-query attention.

    Args:
        q: queries `[N, Hq, d]`.
        k: keys `[N, Hkv, d]`.
        v: values `[N, Hkv, d]`.
        config: the pattern.

    Returns:
        `[N, Hq, d]` in q's type. float64 is computed in float64, anything less in float32.

    Raises:
        UnsupportedDtype, ShapeMismatch, NonFinite: as the names say.
    """
    return attend(*attention_operands(q, k, v), config)


def attend(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    config: SparseAttentionConfig,
    keep: npt.NDArray[np.bool_] | None = None,
) -> Tensor:
    """`sparse_attention` of checked operands; `keep` `[N]` gates the log stride."""
    n = len(q)
    if n == 0:
        return q.copy()
    x = prepare(q, k, v)
    rows = _rows_per_run(x, config)
    landmarks = Landmarks(x, config) if config.use_landmarks else None
    group, shift = (landmarks.size, landmarks.shift) if landmarks else (1, 0)
    tile = _tile(n, rows, config)
    kinds: list[Candidates] = [FarTokens(x, config, keep), Window(x, config, tile)]
    if landmarks:
        kinds.append(landmarks)
    out = np.empty(q.shape, q.dtype)
    is_moderate = x.is_mild
    for run in runs(n, rows, tile, group, shift):
        is_moderate = _attend_rows(x, kinds, run, is_moderate, out)
    return out


def _attend_rows(
    x: Operands, kinds: list[Candidates], rows: Rows, is_moderate: bool, out: Tensor
) -> bool:
    """Write the output of the wanted rows into `out` `[N, Hq, d]`.

    While `is_moderate`, no maximum is subtracted from the scores, unless the sums show that it was
    needed. Returns whether the sums were moderate.
    """
    q = rows.cut(x.q)
    first, last = max(rows.start, 0), min(rows.start + rows.wanted, len(out))
    real = slice(first - rows.start, last - rows.start)
    if is_moderate:
        with np.errstate(over="ignore", invalid="ignore"):
            sums, total = _weigh(x, kinds, rows, q, None)
        is_moderate = x.is_moderate(total[real])
    if not is_moderate:
        sums, total = _weigh(x, kinds, rows, q, _row_maxima(kinds, rows, q))
    x.finish(sums[real], total[real], out[first:last])
    return is_moderate


def _weigh(
    x: Operands, kinds: list[Candidates], rows: Rows, q: Tensor, top: Tensor | None
) -> tuple[Tensor, Tensor]:
    """The sums of weighted values `[rows, Hkv, G, d]` and of the weights `[rows, Hkv, G]`."""
    exponent = None if x.exponent is None else rows.cut(x.exponent)
    total = np.zeros(q.shape[:3], q.dtype)
    sums, more = np.empty_like(q), np.empty_like(q)
    for kind in kinds:
        weights = kind.score(rows, q)
        exponentiate(
            weights,
            x.scale,
            None if top is None else kind.spread(rows, top),
            None if exponent is None else kind.spread(rows, exponent),
        )
        share = kind.spread(rows, total)
        share += add_candidates(weights)
        kind.mix(rows, weights, sums if kind is kinds[0] else more)
        if kind is not kinds[0]:
            sums += more
    return sums, total


def _row_maxima(kinds: list[Candidates], rows: Rows, q: Tensor) -> Tensor:
    """The largest score of each row over all kinds: `[rows, Hkv, G]`."""
    top = np.full(q.shape[:3], np.finfo(q.dtype).min)
    for kind in kinds:
        scores = kind.score(rows, q)
        if scores.shape[-2]:
            known = kind.spread(rows, top)
            np.maximum(known, scores.max(axis=-2, keepdims=True), out=known)
    return top


def _rows_per_run(x: Operands, config: SparseAttentionConfig) -> int:
    kv_heads, group, d = x.q.shape[1:]
    n = len(x.q)
    reach = min(config.window, n) * (1 if config.causal else 2)
    width = max(d, reach + _tile(n, MAX_TILE, config))
    rows: int = CHUNK_BYTES // (kv_heads * group * width * x.q.itemsize)
    most: int = min(MAX_ROWS, max(SHORT_RUN, n // 4))  # memory of small arrays is used again
    return max(MIN_ROWS, min(rows, most))


def _tile(n: int, rows: int, config: SparseAttentionConfig) -> int:
    """About half as many queries as a window has keys; a third of the products are not needed."""
    reach = min(config.window, n) * (1 if config.causal else 2)
    return min(n, rows, max(MIN_TILE, min(reach // 2, MAX_TILE)))
