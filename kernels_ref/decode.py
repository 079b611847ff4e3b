"""Attention of the newest cached token (streaming)."""

from __future__ import annotations

from collections.abc import Container

import numpy as np
import numpy.typing as npt

from kernels_ref.cache import KvCache
from kernels_ref.errors import CacheEmpty, ShapeMismatch
from kernels_ref.numerics import attend_all, prepare
from kernels_ref.pattern import SparseAttentionConfig, landmark_offsets, powers_below
from kernels_ref.tensors import Tensor, floating, require_finite


def decode_step(
    q: npt.ArrayLike,
    cache: KvCache,
    config: SparseAttentionConfig,
    kept: Container[int] | None = None,
) -> Tensor:
    """Output of the newest token of the cache, as the last token of a sequence of `len(cache)`.

    The token's key and value were appended before. The cost grows with the window and with
    log `len(cache)`.

    Args:
        q: the token's queries `[1, Hq, d]`.
        cache: keys, values and landmarks up to and with the token.
        config: a causal pattern of the cache's block size.
        kept: the tokens of a salience gate; other tokens of the log stride are left out.

    Returns:
        `[1, Hq, d]` in q's type.

    Raises:
        BackendDoesNotSupportStreaming, InvalidConfig: for a pattern the cache cannot serve.
        CacheEmpty: nothing was appended.
        UnsupportedDtype, ShapeMismatch, NonFinite: for q.
    """
    query = checked_query(q, cache, config)
    if not len(cache):
        raise CacheEmpty
    return attend_last(query, cache, config, kept)


def checked_query(q: npt.ArrayLike, cache: KvCache, config: SparseAttentionConfig) -> Tensor:
    """q as an array, checked against the cache, and the pattern too; errors as `decode_step`."""
    cache.require_streamable(config)
    query = floating("q", q)
    heads, d = cache.kv_heads, cache.head_dim
    shape_fits = query.ndim == 3 and query.shape[0] == 1 and query.shape[2] == d
    if not shape_fits or query.shape[1] == 0 or query.shape[1] % heads:
        need = f"[1, a multiple of the cache's {heads} heads, {d}]: one token a step"
        raise ShapeMismatch("q", query.shape, need)
    require_finite("q", query)
    return query


def attend_last(
    q: Tensor,
    cache: KvCache,
    config: SparseAttentionConfig,
    kept: Container[int] | None = None,
) -> Tensor:
    """`decode_step` of a checked query; log-stride tokens not `kept` are left out.

    One token costs little: it is computed in float64, whatever the types.
    """
    newest = len(cache) - 1
    window = slice(max(0, newest - config.window), len(cache))
    others = tokens_outside(newest, config, kept)
    blocks = landmark_blocks(newest, config)
    k = _gather(cache.keys, cache.landmark_keys, window, others, blocks)
    v = _gather(cache.values, cache.landmark_values, window, others, blocks)
    x = prepare(q, k, v)
    out = np.empty(q.shape, q.dtype)
    attend_all(x, out)
    return out


def tokens_outside(
    newest: int, config: SparseAttentionConfig, kept: Container[int] | None
) -> list[int]:
    """Global and log-stride tokens before the window of token `newest`."""
    tokens = [
        token for token in config.globals_within(newest + 1) if newest - token > config.window
    ]
    strides = powers_below(newest + 1) if config.use_log_stride else []
    for stride in strides:
        token = newest - stride
        outside = stride > config.window and token not in config.global_tokens
        if outside and (kept is None or token in kept):
            tokens.append(token)
    return tokens


def landmark_blocks(newest: int, config: SparseAttentionConfig) -> list[int]:
    """The blocks whose landmarks token `newest` of a causal pattern sees."""
    complete = (newest + 1) // config.block_size if config.use_landmarks else 0
    return [complete - 1 + offset for offset in landmark_offsets(complete, config) if complete]


def _gather(
    tokens: Tensor, landmarks: Tensor, window: slice, others: list[int], blocks: list[int]
) -> Tensor:
    parts = [tokens[window], tokens[others], landmarks[blocks]]
    return np.concatenate(parts, dtype=np.float64)
