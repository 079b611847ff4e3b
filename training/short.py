"""Sparse attention over short sequences: every score is formed, and those not seen are hidden.

As long as most tokens lie within one window, tiles save nothing, and one fused product is fastest.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

from kernels_ref.pattern import SparseAttentionConfig, landmark_offsets, powers_below
from training.candidates import Plan

SHORT = 64
"""Tokens up to which this is faster than tiles."""


def short_attention(
    q: Tensor, k: Tensor, v: Tensor, plan: Plan, pattern: SparseAttentionConfig
) -> Tensor:
    """q `[N, T, G, d]` over keys and values `[N, T, d]` of one head; the shape of q."""
    bias = bias_of(q.shape[1], pattern, q.dtype)
    out: Tensor = functional.scaled_dot_product_attention(
        q.transpose(1, 2),
        plan.pool(k)[:, None].expand(-1, q.shape[2], -1, -1),
        plan.pool(v)[:, None].expand(-1, q.shape[2], -1, -1),
        attn_mask=bias,
    )
    return out.transpose(1, 2)


@lru_cache(maxsize=64)
def bias_of(n: int, pattern: SparseAttentionConfig, dtype: torch.dtype) -> Tensor:
    """0 where a token sees a candidate, else -inf: `[T, T + landmarks]`."""
    token, other = torch.arange(n)[:, None], torch.arange(n)[None, :]
    distance = token - other
    seen = distance.abs() <= min(pattern.window, n)
    seen |= torch.isin(other, torch.tensor(pattern.globals_within(n), dtype=torch.long))
    if pattern.use_log_stride:
        seen |= torch.isin(distance.abs(), torch.tensor(powers_below(n), dtype=torch.long))
    if pattern.causal:
        seen &= distance >= 0
    if pattern.use_landmarks:
        seen = torch.cat([seen, _landmarks_seen(n, pattern)], dim=1)
    return torch.zeros(seen.shape, dtype=dtype).masked_fill_(~seen, -math.inf)


def _landmarks_seen(n: int, pattern: SparseAttentionConfig) -> Tensor:
    size = min(pattern.block_size, n + 1)
    blocks = -(-n // size)
    token = torch.arange(n)[:, None]
    # A causal pivot is the last complete block: token i completes one when i+1 is a multiple.
    pivot = (token + 1) // size - 1 if pattern.causal else token // size
    offsets = torch.tensor(landmark_offsets(blocks, pattern), dtype=torch.long)
    block = torch.arange(blocks)[None, :]
    seen = torch.isin(block - pivot, offsets)
    return seen & (block <= pivot) if pattern.causal else seen
