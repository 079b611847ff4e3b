"""Attention over a sequence as a module, for whole sequences and token by token."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from kernels_ref.classifier import AETHER_PATTERN
from kernels_ref.errors import BackendDoesNotSupportStreaming, InvalidConfig, ShapeMismatch
from kernels_ref.head import Backend
from kernels_ref.pattern import SparseAttentionConfig, integer
from training.attention import check_operands, longest, sparse_attention
from training.stream import TokenCache


class AetherTemporalAggregator(nn.Module):
    """attention(x Wq, x Wk, x Wv) Wo over sequences of tokens; no bias, nothing added to x.

    Args:
        in_dim: values a token.
        q_heads: query heads.
        kv_heads: key/value heads, a divisor of `q_heads`.
        head_dim: values a head.
        pattern: which candidates a token has; dense attention uses only its `causal`.
        backend: sparse or dense; with dense every token (causal: every earlier one) is a candidate.

    Raises:
        InvalidConfig: for a value that is not possible.
    """

    def __init__(
        self,
        in_dim: int,
        q_heads: int = 4,
        kv_heads: int = 1,
        head_dim: int = 32,
        pattern: SparseAttentionConfig = AETHER_PATTERN,
        backend: Backend = Backend.SPARSE,
    ) -> None:
        super().__init__()
        self.in_dim = integer("in_dim", in_dim, 1)
        self.q_heads = integer("q_heads", q_heads, 1)
        self.kv_heads = integer("kv_heads", kv_heads, 1)
        self.head_dim = integer("head_dim", head_dim, 1)
        if q_heads % kv_heads:
            raise InvalidConfig("q_heads", q_heads, f"a multiple of kv_heads {kv_heads}")
        self.pattern = pattern
        self.backend = backend
        self.q_proj = nn.Linear(in_dim, q_heads * head_dim, bias=False)
        self.k_proj = nn.Linear(in_dim, kv_heads * head_dim, bias=False)
        self.v_proj = nn.Linear(in_dim, kv_heads * head_dim, bias=False)
        self.o_proj = nn.Linear(q_heads * head_dim, in_dim, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Attention of every token of x `[T, in_dim]` or `[B, T, in_dim]`; the same shape out.

        Raises:
            ShapeMismatch: x has another shape.
            NonFinite: there is a NaN or an infinity in x, or in what is computed from it.
        """
        if x.dim() not in (2, 3) or x.shape[-1] != self.in_dim:
            need = f"[T, {self.in_dim}] or [B, T, {self.in_dim}]"
            raise ShapeMismatch("x", tuple(x.shape), need)
        q, k, v = self._projected(x if x.dim() == 3 else x[None])
        out = self._attend(q, k, v)
        return self.o_proj(out.flatten(2)).reshape(x.shape)

    def make_cache(
        self, capacity: int, batch: int = 1, dtype: torch.dtype | None = None
    ) -> TokenCache:
        """A cache for `capacity` tokens of each of `batch` sequences, of the weights' type.

        Raises:
            BackendDoesNotSupportStreaming: attention is dense, or the pattern not causal.
            InvalidConfig, UnsupportedDtype: for the arguments.
        """
        self._require_streaming()
        weight = self.k_proj.weight
        shape = (batch, capacity, self.kv_heads, self.head_dim)
        return TokenCache(*shape, self.pattern.block_size, dtype or weight.dtype, weight.device)

    @torch.no_grad()
    def step(self, x: Tensor, cache: TokenCache) -> Tensor:
        """Append one token a sequence; returns its output, which is that of `forward` at its place.

        There is no gradient. A refused step leaves the cache as it was.

        Args:
            x: `[in_dim]` for a cache of one sequence, or `[B, in_dim]`.
            cache: from `make_cache`.

        Raises:
            BackendDoesNotSupportStreaming: attention is dense, or the pattern not causal.
            ShapeMismatch: x or the cache does not go with the module.
            NonFinite, BeyondRange: what the cache cannot hold.
            CacheFull: the cache has no room.
        """
        self._require_streaming()
        cache.require_shape(self.kv_heads, self.head_dim, self.pattern.block_size)
        if x.dim() not in (1, 2) or x.numel() != cache.batch * self.in_dim:
            need = f"[{cache.batch}, {self.in_dim}] to match the cache: one token a sequence"
            raise ShapeMismatch("x", tuple(x.shape), need)
        q, k, v = self._projected(x.reshape(cache.batch, 1, self.in_dim))
        longest("q", q)
        cache.append(k[:, 0], v[:, 0])
        out = cache.attend_last(q[:, 0], self.pattern)
        return self.o_proj(out.flatten(1)).reshape(x.shape)

    def extra_repr(self) -> str:
        """What PyTorch prints of the module besides its projections."""
        return f"{self.q_heads}/{self.kv_heads} heads of {self.head_dim}, {self.backend.value}"

    def _projected(self, x: Tensor) -> tuple[Tensor, ...]:
        heads = (-1, self.head_dim)
        return tuple(p(x).unflatten(-1, heads) for p in (self.q_proj, self.k_proj, self.v_proj))

    def _attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        if self.backend is Backend.DENSE:
            return dense_attention(q, k, v, self.pattern.causal)
        return sparse_attention(q, k, v, self.pattern)

    def _require_streaming(self) -> None:
        if self.backend is Backend.DENSE:
            raise BackendDoesNotSupportStreaming("the dense backend")
        if not self.pattern.causal:
            raise BackendDoesNotSupportStreaming("a pattern that is not causal")


def dense_attention(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tensor:
    """PyTorch's own attention over all (causal: all earlier) tokens; shapes as the sparse one's.

    Raises: ShapeMismatch, NonFinite.
    """
    check_operands(q, k, v)
    if q.numel() == 0:
        return q.clone()
    for name, x in (("q", q), ("k", k), ("v", v)):
        longest(name, x)
    out: Any = functional.scaled_dot_product_attention(
        q.transpose(1, 2),
        k.transpose(1, 2),
        v.transpose(1, 2),
        is_causal=causal,
        enable_gqa=q.shape[2] != k.shape[2],
    )
    return out.transpose(1, 2)
