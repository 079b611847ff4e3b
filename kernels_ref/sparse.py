"""Sparse attention over a whole window (prefill)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from kernels_ref.candidates import Candidates, GlobalTokens, Landmarks, LogStride, Rows, Window
from kernels_ref.numerics import Operands, exponentiate, prepare
from kernels_ref.pattern import SparseAttentionConfig
from kernels_ref.tensors import Tensor, attention_operands

CHUNK_BYTES = 1 << 20
"""Scores of one run of rows: small enough to stay in a processor's cache."""
LEAST_ROWS, MOST_ROWS = 64, 1024


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
    if len(q) == 0:
        return q.copy()
    x = prepare(q, k, v)
    kinds: list[Candidates] = [Window(x, config)]
    if config.globals_within(len(q)):
        kinds.append(GlobalTokens(x, config))
    if config.use_log_stride:
        kinds.append(LogStride(x, config, keep))
    group, shift = 1, 0
    if config.use_landmarks:
        landmarks = Landmarks(x, config)
        kinds.append(landmarks)
        group, shift = landmarks.size, landmarks.shift
    out = np.empty_like(x.q)
    for rows in _runs(len(q), _rows_per_run(x, config), group, shift):
        _attend_rows(x, kinds, rows, out)
    return x.finish(out)


def _attend_rows(x: Operands, kinds: list[Candidates], rows: Rows, out: Tensor) -> None:
    ends = np.cumsum([kind.width(rows) for kind in kinds])
    scores = np.empty((*x.q.shape[:2], rows.count, ends[-1]), x.q.dtype)
    parts = np.split(scores, ends[:-1], axis=-1)
    for kind, part in zip(kinds, parts, strict=True):
        kind.score(rows, part)
    exponent = None if x.exponent is None else x.exponent[:, :, rows.start : rows.stop]
    total = exponentiate(scores, exponent)
    run = out[:, :, rows.start : rows.stop]
    run[...] = 0
    for kind, weights in zip(kinds, parts, strict=True):
        run += kind.weighted_values(rows, weights)
    run /= total


def _rows_per_run(x: Operands, config: SparseAttentionConfig) -> int:
    kv_heads, group, n, d = x.q.shape
    width = min(config.window, n) * (1 if config.causal else 2) + 3 * d
    rows: int = CHUNK_BYTES // (kv_heads * group * width * x.q.itemsize)
    return max(LEAST_ROWS, min(rows, MOST_ROWS))


def _runs(n: int, rows: int, group: int, shift: int) -> Iterator[Rows]:
    """Cut `n` tokens into runs of about `rows` that either hold whole groups or lie within one."""
    step = rows // group * group if group <= rows else group
    for first in range(0, n + shift, step):
        start, stop = max(0, first - shift), min(n, first + step - shift)
        for begin in range(start, stop, rows):
            yield Rows(begin, min(begin + rows, stop))
