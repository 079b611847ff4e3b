"""The KV cache of one track or session: keys, values and the running means of their blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kernels_ref.errors import (
    BackendDoesNotSupportStreaming,
    BeyondRange,
    CacheFull,
    InvalidConfig,
    ShapeMismatch,
    UnsupportedDtype,
)
from kernels_ref.pattern import SparseAttentionConfig, integer
from kernels_ref.tensors import FLOATS, Tensor, first_index, floating, require_finite, require_shape


class KvCache:
    """Up to `capacity` tokens of `kv_heads` x `head_dim` keys and values.

    Landmarks are means of the values as stored (rounded, in a float16 cache) and float32 (float64
    in a float64 cache), so streaming over a cache equals attention over what it stores. Whatever is
    refused leaves the cache as it was.

    Args:
        capacity: tokens, at least 1.
        kv_heads: key/value heads.
        head_dim: values per head.
        block_size: tokens per landmark.
        dtype: float16, float32 or float64.

    Raises:
        InvalidConfig, UnsupportedDtype: for an argument no cache can have.
    """

    def __init__(
        self,
        capacity: int,
        kv_heads: int,
        head_dim: int,
        block_size: int,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        self.capacity = integer("capacity", capacity, 1)
        self.kv_heads = integer("kv_heads", kv_heads, 1)
        self.head_dim = integer("head_dim", head_dim, 1)
        self.block_size = integer("block_size", block_size, 1)
        self.dtype: np.dtype[Any] = np.dtype(dtype)
        if self.dtype not in FLOATS:
            raise UnsupportedDtype("cache", self.dtype)
        token = (self.kv_heads, self.head_dim)
        blocks = -(-self.capacity // self.block_size)
        landmark_type = np.result_type(self.dtype, np.float32)
        # [key or value, token or block, Hkv, d]
        self._tokens = np.zeros((2, self.capacity, *token), self.dtype)
        self._landmarks = np.zeros((2, blocks, *token), landmark_type)
        self._sums = np.zeros((2, *token))
        self._length = 0

    def __len__(self) -> int:
        """Tokens in the cache."""
        return self._length

    @property
    def is_full(self) -> bool:
        """Whether the next append will be refused."""
        return self._length == self.capacity

    @property
    def keys(self) -> Tensor:
        """The cached keys `[len, Hkv, d]`, a read-only view."""
        return self._view(self._tokens[0, : self._length])

    @property
    def values(self) -> Tensor:
        """The cached values `[len, Hkv, d]`, a read-only view."""
        return self._view(self._tokens[1, : self._length])

    @property
    def landmark_keys(self) -> Tensor:
        """Mean keys of the blocks so far `[ceil(len/B), Hkv, d]`, the last one maybe growing."""
        return self._view(self._landmarks[0, : self._blocks()])

    @property
    def landmark_values(self) -> Tensor:
        """Mean values of the blocks so far `[ceil(len/B), Hkv, d]`."""
        return self._view(self._landmarks[1, : self._blocks()])

    def append(self, k: npt.ArrayLike, v: npt.ArrayLike) -> None:
        """Append one token; k and v are `[Hkv, d]` or `[1, Hkv, d]`.

        Raises:
            UnsupportedDtype, ShapeMismatch, NonFinite, BeyondRange: for k or v.
            CacheFull: when there is no room.
        """
        token = self._checked_token(k, v)
        self._require_room(1)
        self._append(token)

    def extend(self, k: npt.ArrayLike, v: npt.ArrayLike) -> None:
        """Append all tokens of k and v `[n, Hkv, d]`, or none; errors as `append`."""
        k, v = floating("k", k), floating("v", v)
        if k.ndim != 3:
            need = f"[n, {self.kv_heads}, {self.head_dim}]"
            raise ShapeMismatch("k", k.shape, need)
        tokens = self._checked(k, v, len(k))
        self._require_room(len(k))
        start = self._length
        self._length += len(k)
        self._tokens[:, start : self._length] = tokens
        self._rebuild_landmarks(start)

    def evict_and_append(
        self,
        k: npt.ArrayLike,
        v: npt.ArrayLike,
        scores: Sequence[float] | npt.ArrayLike,
        config: SparseAttentionConfig,
    ) -> int | None:
        """Append one token, evicting a heavy-hitter loser when the cache is full (H2O).

        Evicted is the lowest-scoring token (the lowest index on ties) that is neither global nor
        among the last `window`; if all are protected, the oldest one that is not global; if all are
        global, the oldest. Later tokens shift down by one and the landmarks are rebuilt.

        Args:
            k: `[Hkv, d]` or `[1, Hkv, d]`.
            v: the same.
            scores: one accumulated attention score per cached token.
            config: the pattern, for its window and global tokens.

        Returns:
            The evicted index, to be dropped from the scores too; None when there was room.

        Raises:
            UnsupportedDtype, ShapeMismatch, NonFinite, BeyondRange: for k, v or the scores.
            BackendDoesNotSupportStreaming, InvalidConfig: the pattern is not causal, or has another
                block size.
        """
        token = self._checked_token(k, v)
        ranking = np.asarray(scores, dtype=np.float64)
        require_shape("scores", ranking, (len(self),), "one per cached token")
        require_finite("scores", ranking)
        self.require_streamable(config)
        evicted = None
        if self.is_full:
            evicted = self._loser(ranking, config)
            self._tokens[:, evicted:-1] = self._tokens[:, evicted + 1 :]
            self._length -= 1
            self._rebuild_landmarks(evicted)
        self._append(token)
        return evicted

    def reset(self) -> None:
        """Forget all tokens."""
        self._length = 0
        self._sums[...] = 0

    def require_streamable(self, config: SparseAttentionConfig) -> None:
        """Refuse a pattern that cannot run over this cache."""
        if not config.causal:
            raise BackendDoesNotSupportStreaming("a pattern that is not causal")
        if config.use_landmarks and config.block_size != self.block_size:
            need = f"{self.block_size}, the cache's"
            raise InvalidConfig("block_size", config.block_size, need)

    def _checked_token(self, k: npt.ArrayLike, v: npt.ArrayLike) -> Tensor:
        """One token as it would be stored, `[2, 1, Hkv, d]`; errors as `append`."""
        k, v = (x[None] if x.ndim == 2 else x for x in (floating("k", k), floating("v", v)))
        return self._checked(k, v, 1)

    def _checked(self, k: Tensor, v: Tensor, count: int) -> Tensor:
        shape = (count, self.kv_heads, self.head_dim)
        limit = float(np.finfo(self.dtype).max)
        for name, x in (("k", k), ("v", v)):
            require_shape(name, x, shape, "to match the cache")
            require_finite(name, x)
            beyond = np.abs(x.astype(np.float64)) > limit
            if beyond.any():
                index = first_index(beyond)
                raise BeyondRange(name, index, float(x[index]), limit)
        return np.stack([k.astype(self.dtype), v.astype(self.dtype)])

    def _require_room(self, count: int) -> None:
        if self._length + count > self.capacity:
            raise CacheFull(self.capacity, self._length, count)

    def _append(self, token: Tensor) -> None:
        block, place = divmod(self._length, self.block_size)
        self._tokens[:, self._length] = token[:, 0]
        self._length += 1
        before = self._sums if place else 0.0
        with np.errstate(over="ignore"):
            self._sums = np.asarray(np.add(before, token[:, 0], dtype=np.float64))
        self._landmarks[:, block] = self._mean(block, self._sums)

    def _rebuild_landmarks(self, first_token: int) -> None:
        """Form the landmarks again from the block of `first_token` on."""
        for block in range(first_token // self.block_size, self._blocks()):
            tokens = self._block(block)
            with np.errstate(over="ignore"):
                self._sums = tokens.sum(axis=1, dtype=np.float64)
            self._landmarks[:, block] = self._mean(block, self._sums)

    def _mean(self, block: int, sums: Tensor) -> Tensor:
        tokens = self._block(block)
        count = tokens.shape[1]
        if np.isfinite(sums).all():
            return np.asarray(sums / count)
        with np.errstate(over="ignore"):  # float64 near its limit
            limit = np.finfo(np.float64).max
            return np.asarray(np.clip((tokens / count).sum(axis=1), -limit, limit))

    def _block(self, block: int) -> Tensor:
        start = block * self.block_size
        return self._tokens[:, start : min(start + self.block_size, self._length)]

    def _blocks(self) -> int:
        return -(-self._length // self.block_size)

    def _loser(self, scores: Tensor, config: SparseAttentionConfig) -> int:
        common = np.ones(self._length, dtype=np.bool_)
        common[list(config.globals_within(self._length))] = False
        unprotected = common.copy()
        unprotected[max(0, self._length - config.window) :] = False
        if unprotected.any():
            return int(np.argmin(np.where(unprotected, scores, np.inf)))
        return int(np.argmax(common))  # the first that is not global, or 0

    @staticmethod
    def _view(array: Tensor) -> Tensor:
        view = array.view()
        view.flags.writeable = False
        return view
