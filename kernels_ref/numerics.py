"""Softmax attention that is defined for every finite input.

Scores are formed in the inputs' precision (at least float32). If inputs are so large that a score
or a sum could leave that range, float32 is computed in float64, and float64 is scaled by powers of
two; the scores are multiplied back only after the maximum of their row was subtracted. So a score
that would have been an infinity keeps its place in the order, and there is no NaN.

Softmax does not depend on what is subtracted from all scores of a row. The maximum is subtracted so
that exp cannot overflow. Where the sums of exp(score) show that no value came near the ends of the
type (`Operands.is_moderate`), subtracting nothing gives as good a result and saves a pass over all
scores.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kernels_ref.tensors import Tensor, sum_of_squares

CONVERTED_ROWS = 2048
"""Rows that are converted to float64 together for the sums of blocks."""
SAFE_EXPONENT = 500
"""float64 operands scaled to at most 2^500 have products that float64 can hold."""


@dataclass(frozen=True)
class Operands:
    """Queries, keys and values ready for multiplication; k and v may be the caller's own.

    Attributes:
        q: `[N, Hkv, G, d]`, G query heads to a key/value head.
        scale: for the scores: 1/sqrt(d), or 1 where q has it.
        k: `[M, Hkv, d]`.
        v: `[M, Hkv, d]`.
        exponent: `[N, Hkv, G]`, the power of two by which scores are still too small; None for 0.
        v_exponent: the power of two by which the values are still too small.
        v_limit: largest magnitude of a value where rounding could carry an output past what the
            output's type can hold, else infinity.
        is_mild: products of the values with weights whose sums are moderate stay away from the
            ends of the type.
    """

    q: Tensor
    scale: Any
    k: Tensor
    v: Tensor
    exponent: npt.NDArray[np.int32] | None
    v_exponent: int
    v_limit: float
    is_mild: bool

    def is_moderate(self, total: Tensor) -> bool:
        """Whether the sums `total` of exp(score) are as good as with the maximum subtracted.

        A row's largest weight lies between its sum and the mean weight, so it has full precision,
        and weights that underflow are too small to matter.
        """
        limit = _moderate_limit(total.dtype)
        return bool(total.min() >= 1 / limit and total.max() <= limit)

    def finish(self, sums: Tensor, total: Tensor, out: Tensor) -> None:
        """Write the weighted means to `out` `[n, Hq, d]`, in the caller's range and type.

        Args:
            sums: weighted values `[n, Hkv, G, d]`; overwritten.
            total: weights `[n, Hkv, G]`.
            out: where to.
        """
        by_group = out.reshape(sums.shape)
        if not self.v_exponent and not np.isfinite(self.v_limit):
            np.divide(sums, total[..., None], out=by_group, casting="same_kind")
            return
        sums /= total[..., None]
        with np.errstate(over="ignore"):
            np.ldexp(sums, np.int32(self.v_exponent), out=sums)
        by_group[...] = np.clip(sums, -self.v_limit, self.v_limit)  # a mean of values is no larger


def prepare(q: Tensor, k: Tensor, v: Tensor) -> Operands:
    """Make checked q `[N, Hq, d]` and k, v `[M, Hkv, d]` ready for multiplication."""
    compute = np.result_type(q, k, v, np.float32)
    d, m = q.shape[2], k.shape[0]
    v_largest = _magnitude(v)

    def largest(q_largest: float, k_largest: float) -> float:
        return float(max(q_largest * k_largest * d, k_largest * m, v_largest * m))

    size = largest(_magnitude_bound(q), _magnitude_bound(k))
    if not size < _safe_limit(compute):
        size = largest(_magnitude(q), _magnitude(k))
    safe = size < _safe_limit(compute)
    v_limit = np.inf if safe else v_largest
    if not safe:
        compute = np.dtype(np.float64)
        safe = size < _safe_limit(compute)
    qh, kh, vh = (np.ascontiguousarray(x, dtype=compute) for x in (q, k, v))
    qh = qh.reshape(len(q), k.shape[1], -1, d)
    scale = compute.type(1 / np.sqrt(d))
    exponent, v_exponent = None, 0
    if not safe:
        qh, kh, exponent = _scale_scores(qh * scale, kh)
        scale = compute.type(1)
        v_exponent = m.bit_length() + 4
        vh = np.ldexp(vh, np.int32(-v_exponent))
    is_mild = safe and _is_mild(v_largest, compute)
    return Operands(qh, scale, kh, vh, exponent, v_exponent, v_limit, is_mild)


def _safe_limit(dtype: np.dtype[Any]) -> float:
    """A sum below this limit is far from the end of the type."""
    return float(np.finfo(dtype).max) / 4


def _magnitude(x: Tensor) -> float:
    return max(float(x.max(initial=0)), -float(x.min(initial=0)))


def _magnitude_bound(x: Tensor) -> float:
    """An upper bound of the elements in one pass: the root of the sum of squares."""
    return math.sqrt(sum_of_squares(x))


def _moderate_limit(dtype: np.dtype[Any]) -> float:
    """The fourth root of the largest number."""
    return math.sqrt(math.sqrt(np.finfo(dtype).max))


def _is_mild(v_largest: float, dtype: np.dtype[Any]) -> bool:
    limit, limits = _moderate_limit(dtype), np.finfo(dtype)
    smallest = float(limits.tiny) / float(limits.eps) * limit
    return v_largest == 0 or smallest < v_largest < float(limits.max) / limit


def _scale_scores(q: Tensor, k: Tensor) -> tuple[Tensor, Tensor, npt.NDArray[np.int32]]:
    q_shift = np.maximum(0, np.frexp(np.abs(q).max(axis=-1))[1] - SAFE_EXPONENT)
    k_shift = np.maximum(0, np.frexp(np.abs(k).max(initial=0))[1] - SAFE_EXPONENT)
    return np.ldexp(q, -q_shift[..., None]), np.ldexp(k, -k_shift), q_shift + k_shift


def exponentiate(scores: Tensor, scale: Any, top: Tensor | None, exponent: Tensor | None) -> None:
    """Replace scores by exp(scale * (score - top)), in place; -inf becomes 0.

    Args:
        scores: of any shape.
        scale: of all scores.
        top: what to subtract, to be broadcast: the rows' largest scores; None for nothing.
        exponent: power of two missing from the scores, to be broadcast; None for none.
    """
    if top is not None:
        scores -= top
    scores *= scale
    if exponent is not None:
        with np.errstate(over="ignore"):
            np.ldexp(scores, exponent, out=scores)
    np.exp(scores, out=scores)


def add_candidates(weights: Tensor) -> Tensor:
    """Sum of weights `[..., candidates, rows]` over the candidates, `[..., 1, rows]`."""
    return np.asarray(np.ones((1, weights.shape[-2]), weights.dtype) @ weights)


def softmax(scores: Tensor, scale: Any, exponent: Tensor | None) -> Tensor:
    """As `exponentiate`, of `[..., candidates]` less the largest; returns the sums `[...]`."""
    exponentiate(
        scores,
        scale,
        scores.max(axis=-1, keepdims=True),
        None if exponent is None else exponent[..., None],
    )
    return np.asarray(scores @ np.ones(scores.shape[-1], scores.dtype))


def attend_all(x: Operands, out: Tensor) -> None:
    """Attention of every query over every key, into `out` `[N, Hq, d]`."""
    weights = x.q.transpose(1, 2, 0, 3) @ x.k.transpose(1, 2, 0)[:, None]
    exponent = None if x.exponent is None else x.exponent.transpose(1, 2, 0)
    total = softmax(weights, x.scale, exponent)
    sums = weights @ x.v.swapaxes(0, 1)[:, None]
    x.finish(sums.transpose(2, 0, 1, 3), total.transpose(2, 0, 1), out)


def block_means(x: Tensor, size: int) -> Tensor:
    """Means of blocks of `size` rows of x `[M, H, d]`: `[ceil(M/size), H, d]`.

    The last block may be short. Sums are formed in float64.
    """
    m, width = len(x), x.shape[1] * x.shape[2]
    whole = m // size
    blocks = x[: whole * size].reshape(whole, size, width)
    means = np.empty((-(-m // size), width))
    ones, step = np.ones(size), max(1, CONVERTED_ROWS // size)
    for first in range(0, whole, step):
        part = slice(first, min(first + step, whole))
        np.matmul(ones, blocks[part].astype(np.float64, copy=False), out=means[part])
    means[:whole] /= size
    if m % size:
        means[whole] = x[whole * size :].reshape(m % size, width).mean(axis=0, dtype=np.float64)
    return np.asarray(means.reshape(len(means), *x.shape[1:]), x.dtype)
