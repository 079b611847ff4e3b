"""Keys and values of sequences that grow token by token."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from kernels_ref.decode import landmark_blocks, tokens_outside
from kernels_ref.errors import (
    BeyondRange,
    CacheFull,
    InvalidConfig,
    ShapeMismatch,
    UnsupportedDtype,
)
from kernels_ref.pattern import SparseAttentionConfig, integer
from training.attention import longest

TYPES = (torch.float16, torch.float32, torch.float64)


class TokenCache:
    """Up to `capacity` tokens of `batch` sequences that grow together, and their block means.

    Landmarks are means of the stored values, in float32 at least. A refused call leaves the cache
    as it was.

    Args:
        batch: sequences.
        capacity: tokens of each.
        kv_heads: key/value heads.
        head_dim: values a head.
        block_size: tokens a landmark.
        dtype: float16 (rounds), float32 or float64.
        device: where the cache lies.

    Raises:
        InvalidConfig, UnsupportedDtype: for an argument no cache can have.
    """

    def __init__(
        self,
        batch: int,
        capacity: int,
        kv_heads: int,
        head_dim: int,
        block_size: int,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> None:
        self.batch = integer("batch", batch, 1)
        self.capacity = integer("capacity", capacity, 1)
        self.block_size = integer("block_size", block_size, 1)
        self.kv_heads = integer("kv_heads", kv_heads, 1)
        self.head_dim = integer("head_dim", head_dim, 1)
        if dtype not in TYPES:
            raise UnsupportedDtype("cache", dtype)
        token = (self.kv_heads, self.head_dim)
        blocks = -(-self.capacity // self.block_size)
        mean_type = torch.promote_types(dtype, torch.float32)
        # [key or value, sequence, token or block, Hkv, d]
        self._tokens = torch.zeros((2, batch, capacity, *token), dtype=dtype, device=device)
        self._means = torch.zeros((2, batch, blocks, *token), dtype=mean_type, device=device)
        self._sums = torch.zeros((2, batch, *token), dtype=torch.float64, device=device)
        self._length = 0

    def __len__(self) -> int:
        """Tokens of each sequence in the cache."""
        return self._length

    def require_shape(self, kv_heads: int, head_dim: int, block_size: int) -> None:
        """Refuse a head of another shape, and a pattern of another block size."""
        if (self.kv_heads, self.head_dim) != (kv_heads, head_dim):
            need = f"{kv_heads} heads of {head_dim}, to match the head"
            raise ShapeMismatch("cache", tuple(self._tokens.shape[1:]), need)
        if self.block_size != block_size:
            raise InvalidConfig("block_size", block_size, f"{self.block_size}, the cache's")

    def append(self, k: Tensor, v: Tensor) -> None:
        """Append one token a sequence, k and v `[B, Hkv, d]`.

        Raises:
            ShapeMismatch, NonFinite, BeyondRange: for k or v.
            CacheFull: when there is no room.
        """
        shape = (self.batch, self.kv_heads, self.head_dim)
        limit = torch.finfo(self._tokens.dtype).max
        for name, x in (("k", k), ("v", v)):
            if tuple(x.shape) != shape:
                raise ShapeMismatch(name, tuple(x.shape), f"{list(shape)} to match the cache")
            if longest(name, x) > limit and bool((x.abs() > limit).any()):
                index = tuple(int(i) for i in (x.abs() > limit).nonzero()[0])
                raise BeyondRange(name, index, float(x[index]), limit)
        if self._length == self.capacity:
            raise CacheFull(self.capacity, self._length, 1)
        block, place = divmod(self._length, self.block_size)
        self._tokens[:, :, self._length] = torch.stack([k, v]).to(self._tokens.dtype)
        newest = self._tokens[:, :, self._length].to(torch.float64)
        self._sums = self._sums + newest if place else newest
        self._means[:, :, block] = (self._sums / (place + 1)).to(self._means.dtype)
        self._length += 1

    def attend_last(self, q: Tensor, pattern: SparseAttentionConfig) -> Tensor:
        """Attention of the newest tokens, q `[B, Hq, d]`, over the cache: `[B, Hq, d]`.

        A token costs only O(W + log T), so it is always computed in float64.
        """
        newest = self._length - 1
        window = slice(max(0, newest - pattern.window), newest + 1)
        parts = (
            self._tokens[:, :, window],
            self._tokens[:, :, tokens_outside(newest, pattern, None)],
            self._means[:, :, landmark_blocks(newest, pattern)],
        )
        k, v = torch.cat([part.to(torch.float64) for part in parts], dim=2)
        queries = q.to(torch.float64).unflatten(1, (self.kv_heads, -1)) / math.sqrt(self.head_dim)
        weights = torch.einsum("bhgd,bkhd->bhgk", queries, k).softmax(dim=-1)
        return torch.einsum("bhgk,bkhd->bhgd", weights, v).flatten(1, 2).to(q.dtype)
