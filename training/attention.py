"""Sparse attention over whole windows, differentiable and batched.

The same function as `kernels_ref.sparse.sparse_attention`, laid out for products of matrices.
Tokens are taken in tiles of consecutive ones. A tile is multiplied with every key and landmark that
one of its tokens sees, and each token with the few keys that it sees alone.

Letters of shapes: N sequences of one key/value head each, T tokens, G query heads on each of these,
d values a head; M lists of F candidates, each for R rows, which are the query heads of some tokens.
"""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from kernels_ref.errors import NonFinite, ShapeMismatch
from kernels_ref.pattern import SparseAttentionConfig
from training.candidates import SCRATCH, Kind, Part, Plan, plan_of

SHORT = 64
"""Up to so many tokens most lie in one window, and one product of all with all is fastest."""

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
    group = q_heads // k.shape[2]
    key, value = longest("k", k), longest("v", v)
    by_head = q.unflatten(2, (k.shape[2], -1)).transpose(1, 2).flatten(0, 1)
    operands = (by_head, k.transpose(1, 2).flatten(0, 1), v.transpose(1, 2).flatten(0, 1))
    limit = torch.finfo(q.dtype).max
    out: Tensor | None = None
    if n > SHORT and value * n < math.sqrt(limit):
        with contextlib.suppress(_NotModerate):
            out = _Attention.apply(*operands, plan_of(n, pattern, group, q.dtype), True)
    if out is None:
        score = longest("q", q) * key / math.sqrt(d)
        dtype = q.dtype if max(score, value * n) < limit else torch.float64
        plan = plan_of(n, pattern, group, dtype)
        wide = [x.to(dtype) for x in operands]
        out = _short(plan, *wide) if n <= SHORT else _Attention.apply(*wide, plan, False)
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


def _short(plan: Plan, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """q `[N, T, G, d]` over keys and values `[N, T, d]`: every score is formed, and those that no
    token sees are hidden."""
    out: Tensor = functional.scaled_dot_product_attention(
        q.transpose(1, 2),
        plan.pool(k)[:, None].expand(-1, q.shape[2], -1, -1),
        plan.pool(v)[:, None].expand(-1, q.shape[2], -1, -1),
        attn_mask=plan.bias,
    )
    return out.transpose(1, 2)


class _NotModerate(Exception):
    """The sum of a row's weights is near an end of its type, or not finite."""


class _Attention(torch.autograd.Function):
    """q `[N, T, G, d]` over keys and values `[N, T, d]`.

    Weights are exponentials of scores; at the end they are divided by their sum. Unless
    `is_moderate`, each row's largest score is subtracted first. That costs a pass over all scores
    and is needed where a sum comes near an end of its type: then `_NotModerate` is raised.

    The gradient forms the weights again. To keep them would take longer, in memory that is new.
    """

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, plan: Plan, is_moderate: bool) -> Tensor:
        keys, values = plan.pools(k, v)
        out = torch.empty_like(q, memory_format=torch.contiguous_format)
        share = q.new_empty(*q.shape[:3], 1)
        top = None if is_moderate else torch.empty_like(share)
        for part in plan.parts(len(q)):
            _, kinds = _scored(part, q, keys)
            if top is not None:
                tops = [scores.amax(dim=1).view(-1, 1) for _, scores, _ in kinds]
                part.of(top).copy_(part.tokens(functools.reduce(torch.maximum, tops)))
            _exponentiate(part, kinds, top)
            total = _sum_over_candidates(weights for _, weights, _ in kinds)
            torch.reciprocal(part.tokens(total), out=part.of(share))
            sums = _mixed(
                (weights, part.gathered(kind, "values", values)) for kind, weights, _ in kinds
            )
            torch.mul(part.tokens(sums), part.of(share), out=part.of(out))
        if is_moderate:
            least, most = share.aminmax()
            limit = math.sqrt(math.sqrt(torch.finfo(q.dtype).max))
            if not (float(least) >= 1 / limit and float(most) <= limit):
                raise _NotModerate
        ctx.save_for_backward(q, k, v, share, top)
        ctx.plan = plan
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        q, k, v, share, top = ctx.saved_tensors
        plan: Plan = ctx.plan
        keys, values = plan.pools(k, v)
        by_q = torch.empty_like(q, memory_format=torch.contiguous_format)
        by_k, by_v = torch.zeros_like(keys), torch.zeros_like(values)
        for part in plan.parts(len(q)):
            queries, kinds = _scored(part, q, keys)
            _exponentiate(part, kinds, top)
            grads = part.rows("grads", grad, share)
            by_scores = []
            for kind, weights, _ in kinds:
                of_list = part.lists(kind, grads)
                part.scatter(kind, _outer(kind, weights, of_list), by_v)
                products = _products(
                    kind, "by_score", part.gathered(kind, "values", values), of_list
                )
                by_scores.append(products.mul_(weights))
            mean = _sum_over_candidates(by_scores).mul_(part.rows("share", share, 1.0))
            for (kind, weights, _), by_score in zip(kinds, by_scores, strict=True):
                by_score.addcmul_(weights, part.lists(kind, mean).mT, value=-1)
                part.scatter(kind, _outer(kind, by_score, part.lists(kind, queries)), by_k)
            candidates = (candidates for _, _, candidates in kinds)
            by_part = part.tokens(_mixed(zip(by_scores, candidates, strict=True)))
            torch.mul(by_part, 1 / math.sqrt(q.shape[3]), out=part.of(by_q))
        by_k *= 1 / LOG2_E
        return by_q, plan.unpooled(by_k), plan.unpooled(by_v), None, None


Scored = list[tuple[Kind, Tensor, Tensor]]
"""Each kind with its scores, or weights, `[M, F, size * G]`, and its candidates `[M, F, d]`."""


def _scored(part: Part, q: Tensor, keys: Tensor) -> tuple[Tensor, Scored]:
    """The part's rows of q, times log2(e) / sqrt(d), and their scores."""
    queries = part.rows("queries", q, LOG2_E / math.sqrt(q.shape[3]))
    kinds = []
    for kind in part.kinds:
        candidates = part.gathered(kind, "keys", keys)
        scores = _products(kind, "scores", candidates, part.lists(kind, queries))
        part.hide(kind, scores)
        kinds.append((kind, scores, candidates))
    return queries, kinds


def _exponentiate(part: Part, kinds: Scored, top: Tensor | None) -> None:
    """Scores to weights, beside that of each row's largest score if that is told."""
    rows = None if top is None else part.rows("top", top, 1.0)
    for kind, scores, _ in kinds:
        if rows is not None:
            scores -= part.lists(kind, rows).mT
        scores.exp2_()  # a natural exponential is slow where there is -inf


def _products(kind: Kind, name: str, candidates: Tensor, rows: Tensor) -> Tensor:
    """Candidates `[M, F, d]` times rows `[M, R, d]`: `[M, F, R]`."""
    shape = (*candidates.shape[:2], rows.shape[1])
    piece = SCRATCH.piece(f"{name} {kind.size}", shape, rows.dtype)
    return torch.bmm(candidates, rows.mT, out=piece)


def _sum_over_candidates(weights: Iterable[Tensor]) -> Tensor:
    """The sums of each row's `[M, F, R]` over all kinds: `[rows, 1]`."""
    return functools.reduce(Tensor.add_, (w.sum(dim=1).view(-1, 1) for w in weights))


def _mixed(kinds: Iterable[tuple[Tensor, Tensor]]) -> Tensor:
    """The sums over all kinds of candidates `[M, F, d]`, weighted by `[M, F, R]`: `[rows, d]`."""
    sums: Tensor | None = None
    for weights, candidates in kinds:
        shape = (len(weights), weights.shape[2], candidates.shape[2])
        if sums is None:
            piece = SCRATCH.piece("mixed", shape, weights.dtype)
            sums = torch.bmm(weights.mT, candidates, out=piece)
        else:
            sums = sums.view(shape).baddbmm_(weights.mT, candidates)
    assert sums is not None
    return sums.view(-1, sums.shape[2])


def _outer(kind: Kind, weights: Tensor, rows: Tensor) -> Tensor:
    """Sums of rows `[M, R, d]`, weighted by `[M, F, R]`, for each candidate: `[M, F, d]`."""
    piece = SCRATCH.piece(f"outer {kind.size}", (*weights.shape[:2], rows.shape[2]), rows.dtype)
    return torch.bmm(weights, rows, out=piece)
