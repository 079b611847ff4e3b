"""Sparse attention over short sequences: every score is formed, and those not seen are hidden.

As long as most tokens lie within one window, tiles save nothing, and one fused product is fastest.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from training.candidates import Plan

SHORT = 64
"""Tokens up to which this is faster than tiles."""


def short_attention(q: Tensor, k: Tensor, v: Tensor, plan: Plan) -> Tensor:
    """q `[N, T, G, d]` over keys and values `[N, T, d]` of one head; the shape of q."""
    out: Tensor = functional.scaled_dot_product_attention(
        q.transpose(1, 2),
        plan.pool(k)[:, None].expand(-1, q.shape[2], -1, -1),
        plan.pool(v)[:, None].expand(-1, q.shape[2], -1, -1),
        attn_mask=plan.bias,
    )
    return out.transpose(1, 2)
