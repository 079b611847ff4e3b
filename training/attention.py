"""Sparse attention over whole windows, differentiable and batched.

The same function as `kernels_ref.sparse.sparse_attention`, laid out for products of matrices.
Tokens are taken in tiles of consecutive ones, and a tile is multiplied with every key that one of
its windows reaches; groups of tokens that see the same landmarks, with these; and every token with
the few others that it sees. The gradient is written out: a recorded one takes twice as long.

Letters of shapes: N sequences of one key/value head each, T tokens, G query heads on each of these,
d values a head.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from kernels_ref.errors import NonFinite, ShapeMismatch
from kernels_ref.pattern import SparseAttentionConfig
from training.candidates import Plan, plan_of
from training.short import SHORT, short_attention

MILD_SCORE, MILD_VALUE = 20.0, 1e15
"""Up to these an exponential, and its product with a value, are far from overflow."""

LOG2_E = math.log2(math.e)


def sparse_attention(q: Tensor, k: Tensor, v: Tensor, pattern: SparseAttentionConfig) -> Tensor:
    """Attention of every token over its candidates.

    Time and memory grow with B * T * (W + log T).

    Args:
        q: queries `[B, T, Hq, d]`.
        k: keys `[B, T, Hkv, d]`; query head h reads key/value head h // (Hq // Hkv).
        v: values `[B, T, Hkv, d]`.
        pattern: which candidates a token has.

    Returns:
        `[B, T, Hq, d]` of q's type.

    Raises:
        ShapeMismatch: for tensors that do not go together.
        NonFinite: for NaN or an infinity in one of them.
    """
    check_operands(q, k, v)
    if q.numel() == 0:
        return q.clone()
    batch, n, q_heads, d = q.shape
    score = longest("q", q) * longest("k", k) / math.sqrt(d)
    value = longest("v", v)
    limit = torch.finfo(q.dtype).max
    dtype = q.dtype if max(score, value * n) < limit else torch.float64
    by_head = q.unflatten(2, (k.shape[2], -1)).transpose(1, 2).flatten(0, 1)
    operands = (
        by_head.to(dtype),
        k.transpose(1, 2).flatten(0, 1).to(dtype),
        v.transpose(1, 2).flatten(0, 1).to(dtype),
    )
    plan = plan_of(n, pattern, dtype)
    out: Tensor
    if n <= SHORT:
        out = short_attention(*operands, plan)
    else:
        is_mild = score <= MILD_SCORE and value <= MILD_VALUE
        out = _Attention.apply(*operands, plan, is_mild)
    out = out.unflatten(0, (batch, -1)).transpose(1, 2).reshape(batch, n, q_heads, d)
    return out.to(q.dtype)


def check_operands(q: Tensor, k: Tensor, v: Tensor) -> None:
    """Refuse what is not q `[B, T, Hq, d]` with k and v `[B, T, Hkv, d]`; raises ShapeMismatch."""
    for name, x, heads in (("q", q, "Hq"), ("k", k, "Hkv"), ("v", v, "Hkv")):
        if x.dim() != 4 or 0 in x.shape[2:]:
            need = f"[B, T, {heads}, d] with at least one head and d of at least 1"
            raise ShapeMismatch(name, tuple(x.shape), need)
    batch, n, q_heads, d = q.shape
    need = f"[{batch}, {n}, Hkv, {d}] to match q, with Hkv a divisor of {q_heads}"
    if k.shape != (batch, n, k.shape[2], d) or q_heads % k.shape[2]:
        raise ShapeMismatch("k", tuple(k.shape), need)
    if v.shape != k.shape:
        raise ShapeMismatch("v", tuple(v.shape), f"{list(k.shape)} to match k")


def longest(name: str, x: Tensor) -> float:
    """The length of the longest vector `[..., d]` in x, maybe an infinity; raises NonFinite."""
    length = float(torch.linalg.vector_norm(x.detach(), dim=-1).max())
    if not math.isfinite(length):
        places = (~torch.isfinite(x.detach())).nonzero()
        if len(places):
            index = tuple(int(i) for i in places[0])
            raise NonFinite(name, index, float(x[index]))
    return length


class _Attention(torch.autograd.Function):
    """q `[N, T, G, d]` over keys and values `[N, T, d]`.

    Weights are exponentials of scores, and what they add up to is divided by at the end. Unless no
    score is far from 0 (`is_mild`), each row's largest one is subtracted first.
    """

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, plan: Plan, is_mild: bool) -> Tensor:
        q = q * (LOG2_E / math.sqrt(q.shape[3]))
        k, v = plan.pool(k), plan.pool(v)
        kinds = [
            (group, group.hide(torch.bmm(group.rows(q), group.gathered(k).mT)))
            for group in plan.groups
        ]
        if not is_mild:
            maxima = [group.tokens(scores.amax(dim=-1), q) for group, scores in kinds]
            top = functools.reduce(torch.maximum, maxima)[..., None]
            for group, scores in kinds:
                scores -= group.rows(top)
        for _, scores in kinds:
            scores.exp2_()  # a natural exponential is slow where there is -inf
        total = _sum(group.tokens(weights.sum(dim=-1, keepdim=True), q) for group, weights in kinds)
        out = _sum(group.tokens(_mixed(w, group.gathered(v)), q) for group, w in kinds)
        out /= total
        ctx.save_for_backward(q, k, v, total, out, *(weights for _, weights in kinds))
        ctx.plan = plan
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        q, k, v, total, out, *all_weights = ctx.saved_tensors
        grad = grad / total
        mean = (grad * out).sum(dim=-1, keepdim=True)
        by_q, by_k, by_v = torch.zeros_like(q), torch.zeros_like(k), torch.zeros_like(v)
        for group, weights in zip(ctx.plan.groups, all_weights, strict=True):
            queries, grads = group.rows(q), group.rows(grad)
            by_score = torch.bmm(grads, group.gathered(v).mT)
            by_score.sub_(group.rows(mean)).mul_(weights)
            by_q += group.tokens(_mixed(by_score, group.gathered(k)), q)
            group.scatter(_outer(by_score, queries), by_k)
            group.scatter(_outer(weights, grads), by_v)
        by_q *= 1 / math.sqrt(q.shape[3])
        by_k *= 1 / LOG2_E
        return by_q, ctx.plan.unpooled(by_k), ctx.plan.unpooled(by_v), None, None


def _sum(parts: Iterator[Tensor]) -> Tensor:
    """Of new tensors: the first one is added to."""
    return functools.reduce(Tensor.add_, parts)


def _mixed(weights: Tensor, x: Tensor) -> Tensor:
    """Sums `[M, R, d]` of x `[M, F, d]`, weighted by `[M, R, F]`."""
    if weights.shape[1] == 1:  # products of vectors are not what bmm is made for
        return (weights.mT * x).sum(dim=1, keepdim=True)
    return torch.bmm(weights, x)


def _outer(weights: Tensor, x: Tensor) -> Tensor:
    """`[M, F, d]`: for each of F candidates, x `[M, R, d]` by its weights `[M, R, F]`."""
    if weights.shape[1] == 1:
        return weights.mT * x
    return torch.bmm(weights.mT, x)
