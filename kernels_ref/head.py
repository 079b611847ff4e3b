"""The temporal head: one attention block with its shape, pattern and backend."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from kernels_ref.cache import KvCache
from kernels_ref.decode import attend_last, checked_query
from kernels_ref.dense import dense_attention
from kernels_ref.errors import BackendDoesNotSupportStreaming, InvalidConfig, ShapeMismatch
from kernels_ref.pattern import SparseAttentionConfig, integer
from kernels_ref.sparse import attend
from kernels_ref.tensors import Tensor, attention_operands, floating, require_shape


class Backend(enum.Enum):
    """How the head computes attention."""

    SPARSE = "sparse"
    DENSE = "dense"


@dataclass(frozen=True)
class TemporalHeadConfig:
    """Shape and pattern of a head.

    Attributes:
        q_heads: query heads.
        kv_heads: key/value heads, a divisor of `q_heads`; equal for multi-head attention.
        head_dim: values per head.
        attention: the pattern; a dense head uses its `causal` only.
        backend: dense needs as many key/value as query heads.

    Raises:
        InvalidConfig: for a value that is not possible.
    """

    q_heads: int
    kv_heads: int
    head_dim: int
    attention: SparseAttentionConfig
    backend: Backend = Backend.SPARSE

    def __post_init__(self) -> None:
        """Check the fields against each other."""
        for field in ("q_heads", "kv_heads", "head_dim"):
            integer(field, getattr(self, field), 1)
        if self.q_heads % self.kv_heads:
            raise InvalidConfig("q_heads", self.q_heads, f"a multiple of kv_heads {self.kv_heads}")
        if self.backend is Backend.DENSE and self.q_heads != self.kv_heads:
            need = f"q_heads {self.q_heads}: dense has no grouped heads"
            raise InvalidConfig("kv_heads", self.kv_heads, need)

    @classmethod
    def default_aether(cls) -> Self:
        """The default shape: 4 query heads on 1 key/value head of 32, window 32, blocks of 16."""
        return cls(q_heads=4, kv_heads=1, head_dim=32, attention=SparseAttentionConfig(32, 16))


class AetherTemporalHead:
    """Attention with its operands checked against one configuration."""

    def __init__(self, config: TemporalHeadConfig) -> None:
        self.config = config

    @classmethod
    def default_aether(cls) -> Self:
        """A head of the default shape."""
        return cls(TemporalHeadConfig.default_aether())

    def forward(self, q: npt.ArrayLike, k: npt.ArrayLike, v: npt.ArrayLike) -> Tensor:
        """Attention over a whole window: q `[N, Hq, d]`, k and v `[N, Hkv, d]` to `[N, Hq, d]`.

        Raises:
            UnsupportedDtype, ShapeMismatch, NonFinite: as the names say.
        """
        q, k, v = attention_operands(q, k, v)
        c = self.config
        require_shape("q", q, (len(q), c.q_heads, c.head_dim), "to match the head")
        require_shape("k", k, (len(q), c.kv_heads, c.head_dim), "to match the head")
        if c.backend is Backend.DENSE:
            return dense_attention(q, k, v, c.attention.causal)
        return attend(q, k, v, c.attention)

    def make_cache(self, capacity: int, dtype: npt.DTypeLike = np.float32) -> KvCache:
        """A cache for `capacity` tokens of this head.

        Raises:
            BackendDoesNotSupportStreaming: the head is dense, or its pattern not causal.
            InvalidConfig, UnsupportedDtype: for the arguments.
        """
        self._require_streaming()
        c = self.config
        return KvCache(capacity, c.kv_heads, c.head_dim, c.attention.block_size, dtype)

    def step(self, q: npt.ArrayLike, k: npt.ArrayLike, v: npt.ArrayLike, cache: KvCache) -> Tensor:
        """Append one token and return its output `[1, Hq, d]`; equals `forward` at its position.

        Args:
            q: `[1, Hq, d]`.
            k: `[1, Hkv, d]`.
            v: `[1, Hkv, d]`.
            cache: from `make_cache`; unchanged when the step is refused.

        Raises:
            BackendDoesNotSupportStreaming: the head is dense, or its pattern not causal.
            UnsupportedDtype, ShapeMismatch, NonFinite, BeyondRange: for a tensor or the cache.
            CacheFull: the cache has no room.
        """
        self._require_streaming()
        c = self.config
        if (cache.kv_heads, cache.head_dim) != (c.kv_heads, c.head_dim):
            shape = (cache.capacity, cache.kv_heads, cache.head_dim)
            need = f"{c.kv_heads} heads of {c.head_dim}, to match the head"
            raise ShapeMismatch("cache", shape, need)
        query = checked_query(q, cache, c.attention)
        require_shape("q", query, (1, c.q_heads, c.head_dim), "to match the head")
        for name, x, heads in (("k", k, c.kv_heads), ("v", v, c.kv_heads)):
            require_shape(name, floating(name, x), (1, heads, c.head_dim), "one token a step")
        cache.append(k, v)
        return attend_last(query, cache, c.attention)

    def _require_streaming(self) -> None:
        if self.config.backend is Backend.DENSE:
            raise BackendDoesNotSupportStreaming("the dense backend")
        if not self.config.attention.causal:
            raise BackendDoesNotSupportStreaming("a pattern that is not causal")
