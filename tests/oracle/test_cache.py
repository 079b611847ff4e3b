"""The KV cache: what it stores, its landmarks, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from kernels_ref import (
    BeyondRange,
    CacheFull,
    InvalidConfig,
    KvCache,
    NonFinite,
    ShapeMismatch,
    SparseAttentionConfig,
    UnsupportedDtype,
)
from tests.oracle import twin
from tests.oracle.draws import LARGEST_INTEGER, operands

HEADS, DIM, BLOCK = 2, 3, 4
CONFIG = SparseAttentionConfig(2, BLOCK)
TYPES = pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])


def state(cache: KvCache) -> tuple[Any, ...]:
    """Everything a cache shows, bit by bit."""
    arrays = (cache.keys, cache.values, cache.landmark_keys, cache.landmark_values)
    return len(cache), *(array.tobytes() for array in arrays)


def filled(count: int, capacity: int = 9, dtype: Any = np.float32) -> KvCache:
    cache = KvCache(capacity, HEADS, DIM, BLOCK, dtype)
    _, k, v = operands(count, HEADS, HEADS, DIM)
    cache.extend(k, v)
    return cache


@TYPES
def test_tokens_are_stored_rounded_to_the_type(dtype: Any) -> None:
    _, k, v = operands(9, HEADS, HEADS, DIM)
    cache = KvCache(9, HEADS, DIM, BLOCK, dtype)
    for i in range(9):
        assert len(cache) == i
        assert not cache.is_full
        cache.append(k[i], v[i : i + 1])
    assert cache.is_full
    assert cache.keys.dtype == cache.values.dtype == dtype
    np.testing.assert_array_equal(cache.keys, k.astype(dtype))
    np.testing.assert_array_equal(cache.values, v.astype(dtype))


@TYPES
@pytest.mark.parametrize("block", [1, 3, 4, 9, 10, LARGEST_INTEGER])
def test_landmarks_are_the_running_means_of_what_is_stored(dtype: Any, block: int) -> None:
    _, k, v = operands(9, HEADS, HEADS, DIM)
    cache = KvCache(9, HEADS, DIM, block, dtype)
    exact = {np.float16: 2**-24, np.float32: 2**-24, np.float64: 2**-52}[dtype]
    p = twin.Pattern(0, block)
    for i in range(9):
        cache.append(k[i], v[i])
        for means, stored in (
            (cache.landmark_keys, cache.keys),
            (cache.landmark_values, cache.values),
        ):
            want = [twin.landmark(stored.astype(float), b, p) for b in range(len(means))]
            assert len(means) == -(-(i + 1) // block)
            assert means.dtype == (np.float64 if dtype == np.float64 else np.float32)
            np.testing.assert_allclose(means, want, rtol=exact, atol=exact)


@TYPES
@pytest.mark.parametrize("parts", [[9], [1, 8], [3, 3, 3], [5, 0, 4]])
def test_extend_is_append_many_times(dtype: Any, parts: list[int]) -> None:
    _, k, v = operands(10, HEADS, HEADS, DIM)
    one, many = (KvCache(10, HEADS, DIM, BLOCK, dtype) for _ in range(2))
    for i in range(9):
        one.append(k[i], v[i])
    start = 0
    for part in parts:
        many.extend(k[start : start + part], v[start : start + part])
        start += part
    assert state(one) == state(many)
    one.append(k[9], v[9])
    many.append(k[9], v[9])
    assert state(one) == state(many)


def test_reset_forgets_everything() -> None:
    cache, fresh = filled(7), KvCache(9, HEADS, DIM, BLOCK)
    cache.reset()
    assert state(cache) == state(fresh)
    _, k, v = operands(6, HEADS, HEADS, DIM, seed=3)
    for c in (cache, fresh):
        for i in range(6):
            c.append(k[i], v[i])
    assert state(cache) == state(fresh)


def test_the_views_cannot_be_written() -> None:
    cache = filled(5)
    for view in (cache.keys, cache.values, cache.landmark_keys, cache.landmark_values):
        with pytest.raises(ValueError, match="read-only"):
            view[...] = 0


@pytest.mark.parametrize(
    ("field", "arguments"),
    [
        ("capacity", (0, 2, 3, 4)),
        ("kv_heads", (9, 0, 3, 4)),
        ("head_dim", (9, 2, 0, 4)),
        ("block_size", (9, 2, 3, 0)),
        ("block_size", (9, 2, 3, -1)),
        ("head_dim", (9, 2, 1.5, 4)),
    ],
)
def test_impossible_caches(field: str, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidConfig, match=field):
        KvCache(*arguments)


def test_an_integer_cache_is_refused() -> None:
    with pytest.raises(UnsupportedDtype, match="int8"):
        KvCache(9, 2, 3, 4, np.int8)


def good() -> Any:
    return np.ones((HEADS, DIM), np.float32)


def with_element(value: float) -> Any:
    x = good().astype(np.float64)
    x[1, 2] = value
    return x


BAD_TOKENS: list[tuple[type[Exception], str, Any, Any]] = [
    (ShapeMismatch, "k", np.ones((HEADS, DIM + 1)), good()),
    (ShapeMismatch, "k", np.ones((HEADS + 1, DIM)), good()),
    (ShapeMismatch, "k", np.ones(DIM), good()),
    (ShapeMismatch, "k", np.ones((2, HEADS, DIM)), good()),
    (ShapeMismatch, "v", good(), np.ones((2, HEADS, DIM))),
    (ShapeMismatch, "v", good(), np.ones((1, DIM))),
    (NonFinite, "k", with_element(np.nan), good()),
    (NonFinite, "v", good(), with_element(np.inf)),
    (BeyondRange, "k", with_element(65504.5), good()),
    (BeyondRange, "v", good(), with_element(-1e30)),
    (UnsupportedDtype, "v", good(), np.ones((HEADS, DIM), np.int64)),
]


@pytest.mark.parametrize("length", [0, 5, 9])
@pytest.mark.parametrize(("error", "name", "k", "v"), BAD_TOKENS)
def test_a_refused_token_changes_nothing(
    length: int, error: type[Exception], name: str, k: Any, v: Any
) -> None:
    cache = filled(length, dtype=np.float16)
    before = state(cache)
    for append in (
        cache.append,
        lambda k, v: cache.evict_and_append(k, v, np.zeros(length), CONFIG),
    ):
        with pytest.raises(error, match=f"^{name}"):
            append(k, v)
        assert state(cache) == before


@pytest.mark.parametrize("value", [65504.0, -65504.0])
def test_the_largest_half_fits(value: float) -> None:
    cache = KvCache(1, HEADS, DIM, BLOCK, np.float16)
    cache.append(with_element(value), good())
    assert cache.keys[0, 1, 2] == value


def test_beyond_float32_is_refused_by_a_float32_cache() -> None:
    cache = KvCache(1, HEADS, DIM, BLOCK)
    with pytest.raises(BeyondRange, match=r"k\[0, 1, 2\] is 1e\+39"):
        cache.append(with_element(1e39), good())


@pytest.mark.parametrize(
    "action",
    [
        lambda cache: cache.append(good(), good()),
        lambda cache: cache.extend(good()[None], good()[None]),
    ],
)
def test_a_full_cache_refuses(action: Callable[[KvCache], None]) -> None:
    cache = filled(9)
    before = state(cache)
    with pytest.raises(CacheFull, match="9 of 9 tokens"):
        action(cache)
    assert state(cache) == before


@TYPES
def test_extend_is_all_or_nothing(dtype: Any) -> None:
    cache = filled(5, dtype=dtype)
    before = state(cache)
    _, k, v = operands(5, HEADS, HEADS, DIM)
    with pytest.raises(CacheFull, match="no room for 5 more"):
        cache.extend(k, v)
    k[2, 0, 1] = np.nan
    with pytest.raises(NonFinite, match=r"k\[2, 0, 1\]"):
        cache.extend(k[:4], v[:4])
    with pytest.raises(ShapeMismatch, match="v has shape"):
        cache.extend(k[:2], v[:1])
    with pytest.raises(ShapeMismatch, match="k has shape"):
        cache.extend(k[0], v[0])
    assert state(cache) == before
