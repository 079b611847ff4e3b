"""Heavy-hitter eviction, clause by clause."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels_ref import (
    BackendDoesNotSupportStreaming,
    InvalidConfig,
    KvCache,
    NonFinite,
    ShapeMismatch,
    SparseAttentionConfig,
    decode_step,
    sparse_attention,
)
from tests.oracle import twin
from tests.oracle.draws import operands
from tests.oracle.test_cache import state

BLOCK = 3


def full(n: int = 8, dtype: Any = np.float64) -> tuple[KvCache, Any, Any]:
    """A full cache of `n` tokens, and n + 1 keys and values of which it holds the first n."""
    _, k, v = operands(n + 1, 2, 2, 3)
    cache = KvCache(n, 2, 3, BLOCK, dtype)
    cache.extend(k[:n], v[:n])
    return cache, k, v


@pytest.mark.parametrize(
    ("clause", "scores", "window", "global_tokens", "evicted"),
    [
        ("the lowest score goes", [9, 5, 2, 7, 8, 9, 9, 9], 2, (0,), 2),
        ("the lowest index on ties", [9, 5, 2, 7, 2, 2, 9, 9], 2, (0,), 2),
        ("negative scores are scores", [9, 5, -2, -7, 8, 9, 9, 9], 2, (0,), 3),
        ("a global token is spared", [0, 5, 4, 7, 8, 9, 9, 9], 2, (0,), 2),
        ("so is any of them", [0, 5, 4, 7, 8, 9, 9, 9], 2, (0, 2, 50), 1),
        ("the last W are spared", [9, 8, 7, 7, 6, 1, 2, 3], 3, (0,), 4),
        ("but no more than W", [9, 8, 7, 7, 6, 1, 2, 3], 2, (0,), 5),
        ("with W of 0 even the newest may go", [9, 8, 7, 7, 6, 5, 4, 3], 0, (0,), 7),
        ("all in the window: the oldest that is not global", [1, 9, 0, 0, 0, 0, 0, 0], 8, (0,), 1),
        ("whatever the window's size", [1, 9, 0, 0, 0, 0, 0, 0], 2**63 - 1, (0, 1), 2),
        ("no global tokens", [1, 9, 0, 0, 0, 0, 0, 0], 8, (), 0),
        ("all global: the oldest", [5, 9, 0, 0, 0, 0, 0, 0], 1, tuple(range(9)), 0),
        ("one is not global: it goes", [0, 0, 0, 0, 0, 0, 9, 0], 8, (0, 1, 2, 3, 4, 5, 7), 6),
    ],
)
def test_who_goes(
    clause: str, scores: list[float], window: int, global_tokens: tuple[int, ...], evicted: int
) -> None:
    assert twin.evicted(scores, window, global_tokens) == evicted, "the table itself"
    cache, k, v = full()
    config = SparseAttentionConfig(window, BLOCK, global_tokens)
    assert cache.evict_and_append(k[8], v[8], scores, config) == evicted, clause
    rest = [i for i in range(9) if i != evicted]
    np.testing.assert_array_equal(cache.keys, k[rest])
    np.testing.assert_array_equal(cache.values, v[rest])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("evicted", range(8))
def test_landmarks_are_rebuilt(dtype: Any, evicted: int) -> None:
    cache, k, v = full(dtype=dtype)
    scores = np.ones(8)
    scores[evicted] = 0
    assert (
        cache.evict_and_append(k[8], v[8], scores, SparseAttentionConfig(0, BLOCK, ())) == evicted
    )
    rest = [i for i in range(9) if i != evicted]
    fresh = KvCache(8, 2, 3, BLOCK, dtype)
    fresh.extend(k[rest], v[rest])
    assert state(cache) == state(fresh)


@settings(max_examples=100)
@given(
    st.lists(st.floats(-3, 3).map(lambda x: round(x)), min_size=8, max_size=8),
    st.integers(0, 10),
    st.sets(st.integers(0, 9)),
)
def test_chooses_as_the_twin(scores: list[float], window: int, global_tokens: set[int]) -> None:
    cache, k, v = full()
    config = SparseAttentionConfig(window, BLOCK, tuple(global_tokens))
    want = twin.evicted(scores, window, tuple(global_tokens))
    assert cache.evict_and_append(k[8], v[8], scores, config) == want


def test_streaming_goes_on_over_the_tokens_that_are_left() -> None:
    """After each eviction a step is attention over what the cache holds, scores staying aligned."""
    config = SparseAttentionConfig(2, BLOCK)
    q, k, v = operands(30, 4, 2, 3)
    cache = KvCache(8, 2, 3, BLOCK, np.float64)
    held: list[int] = []
    scores: list[float] = []
    rng = np.random.default_rng(2)
    for i in range(30):
        evicted = cache.evict_and_append(k[i], v[i], scores, config)
        assert (evicted is None) == (i < 8)
        if evicted is not None:
            del held[evicted], scores[evicted]
        held.append(i)
        scores.append(0.0)
        out = decode_step(q[i : i + 1], cache, config)
        want = sparse_attention(q[held], k[held], v[held], config)[-1]
        np.testing.assert_allclose(out[0], want, rtol=0, atol=1e-15)
        scores = [score + gain for score, gain in zip(scores, rng.random(len(held)), strict=True)]
    assert held[0] == 0  # the anchor stayed


def test_with_room_nothing_goes() -> None:
    cache = KvCache(8, 2, 3, BLOCK)
    _, k, v = operands(1, 2, 2, 3)
    assert cache.evict_and_append(k[0], v[0], [], SparseAttentionConfig(2, BLOCK)) is None
    assert len(cache) == 1


@pytest.mark.parametrize(
    ("error", "message", "scores", "config"),
    [
        (NonFinite, r"scores\[3\] is nan", [1, 2, 3, np.nan, 5, 6, 7, 8], {}),
        (NonFinite, r"scores\[0\] is -inf", [-np.inf, 2, 3, 4, 5, 6, 7, 8], {}),
        (ShapeMismatch, r"scores has shape \[7\]", [1] * 7, {}),
        (ShapeMismatch, r"scores has shape \[9\]", [1] * 9, {}),
        (ShapeMismatch, r"scores has shape \[8, 1\]", [[1]] * 8, {}),
        (BackendDoesNotSupportStreaming, "not causal", [1] * 8, {"causal": False}),
        (InvalidConfig, "block_size is 4", [1] * 8, {"block_size": 4}),
    ],
)
def test_a_refusal_changes_nothing(
    error: type[Exception], message: str, scores: Any, config: dict[str, Any]
) -> None:
    cache, k, v = full()
    before = state(cache)
    pattern = SparseAttentionConfig(**{"window": 2, "block_size": BLOCK} | config)
    with pytest.raises(error, match=message):
        cache.evict_and_append(k[8], v[8], scores, pattern)
    assert state(cache) == before
