"""Softmax attention that is defined for every finite input.

Scores are formed in the inputs' precision (at least float32). Inputs so large that a score or a
sum could leave that range take a detour: float32 is computed in float64, and float64 is scaled by
powers of two, the scores being multiplied back only after their row's maximum was subtracted.
Either way a score that would have been an infinity keeps its place in the order, and no NaN arises.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kernels_ref.tensors import Tensor

SAFE_EXPONENT = 500
"""float64 operands scaled to at most 2^500 have products that float64 can hold."""


@dataclass(frozen=True)
class Operands:
    """Queries, keys and values laid out by head, ready for multiplication.

    Attributes:
        q: `[Hkv, G, N, d]`, times 1/sqrt(d), G query heads to a key/value head.
        k: `[Hkv, M, d]`.
        v: `[Hkv, M, d]`.
        exponent: `[Hkv, G, N]`, power of two still missing from the scores; None when none is.
        v_exponent: power of two still missing from the values.
        v_limit: largest magnitude of a value where rounding could carry an output past what the
            output's type can hold, else infinity.
        dtype: type of the output.
    """

    q: Tensor
    k: Tensor
    v: Tensor
    exponent: npt.NDArray[np.int32] | None
    v_exponent: int
    v_limit: float
    dtype: np.dtype[Any]

    def finish(self, out: Tensor) -> Tensor:
        """Turn `[Hkv, G, N, d]` into the caller's `[N, Hq, d]`, range and type."""
        kv_heads, group, n, d = out.shape
        if self.v_exponent:
            with np.errstate(over="ignore"):
                out = np.ldexp(out, np.int32(self.v_exponent))
        if np.isfinite(self.v_limit):  # an output is a mean of values
            np.clip(out, -self.v_limit, self.v_limit, out=out)
        by_token = out.transpose(2, 0, 1, 3).reshape(n, kv_heads * group, d)
        return np.array(by_token, dtype=self.dtype, order="C")


def prepare(q: Tensor, k: Tensor, v: Tensor) -> Operands:
    """Lay out checked q `[N, Hq, d]` and k, v `[M, Hkv, d]` for multiplication."""
    compute = np.result_type(q, k, v, np.float32)
    d, m = q.shape[2], k.shape[0]
    v_limit = _magnitude(v)
    largest = max(_magnitude(q) * _magnitude(k) * d, _magnitude(k) * m, v_limit * m)
    safe = largest < float(np.finfo(compute).max) / 4
    if safe:
        v_limit = np.inf
    else:
        compute = np.dtype(np.float64)
        safe = largest < float(np.finfo(compute).max) / 4
    kv_heads = k.shape[1]
    by_head = q.reshape(q.shape[0], kv_heads, -1, d).transpose(1, 2, 0, 3)
    qh = np.multiply(by_head, compute.type(1 / np.sqrt(d)), dtype=compute, order="C")
    kh, vh = (np.array(x.transpose(1, 0, 2), dtype=compute, order="C") for x in (k, v))
    exponent, v_exponent = None, 0
    if not safe:
        qh, kh, exponent = _scale_scores(qh, kh)
        v_exponent = m.bit_length() + 4
        vh = np.ldexp(vh, np.int32(-v_exponent))
    return Operands(qh, kh, vh, exponent, v_exponent, v_limit, q.dtype)


def _magnitude(x: Tensor) -> float:
    return max(float(x.max(initial=0)), -float(x.min(initial=0)))


def _scale_scores(q: Tensor, k: Tensor) -> tuple[Tensor, Tensor, npt.NDArray[np.int32]]:
    q_shift = np.maximum(0, np.frexp(np.abs(q).max(axis=-1))[1] - SAFE_EXPONENT)
    k_shift = np.maximum(0, np.frexp(np.abs(k).max(initial=0))[1] - SAFE_EXPONENT)
    return np.ldexp(q, -q_shift[..., None]), np.ldexp(k, -k_shift), q_shift + k_shift


def exponentiate(scores: Tensor, exponent: npt.NDArray[np.int32] | None) -> Tensor:
    """Replace scores by exp(score - row maximum), in place, and return each row's sum.

    Args:
        scores: `[Hkv, G, L, candidates]`; -inf where a row does not see a candidate, and at least
            one candidate in every row.
        exponent: `[Hkv, G, L]`, power of two missing from the scores.

    Returns:
        `[Hkv, G, L, 1]`: the sums to divide the weighted values by.
    """
    scores -= scores.max(axis=-1, keepdims=True)
    if exponent is not None:
        with np.errstate(over="ignore"):
            np.ldexp(scores, exponent[..., None], out=scores)
    np.exp(scores, out=scores)
    return np.asarray(scores @ np.ones((scores.shape[-1], 1), scores.dtype))


def attend_all(x: Operands) -> Tensor:
    """Attention of every query over every key: `[Hkv, G, N, d]`."""
    weights = x.q @ x.k[:, None].swapaxes(-1, -2)
    total = exponentiate(weights, x.exponent)
    return np.asarray(weights @ x.v[:, None] / total)


def block_means(x: Tensor, size: int) -> Tensor:
    """Means of blocks of `size` rows of x `[H, M, d]`: `[H, ceil(M/size), d]`.

    The last block may be short. Sums are formed in float64.
    """
    m = x.shape[1]
    whole = m // size
    full = x[:, : whole * size].reshape(x.shape[0], whole, size, x.shape[2])
    means = full.mean(axis=2, dtype=np.float64)
    if m % size:
        rest = x[:, whole * size :].mean(axis=1, keepdims=True, dtype=np.float64)
        means = np.concatenate([means, rest], axis=1)
    return np.asarray(means, x.dtype)
