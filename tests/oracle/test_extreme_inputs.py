"""Inputs at the ends of floating point: the answer stays defined, and right."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import kernels_ref.sparse
from kernels_ref import (
    KvCache,
    SparseAttentionConfig,
    decode_step,
    dense_attention,
    sparse_attention,
)
from tests.oracle import twin
from tests.oracle.draws import operands, twin_of

CONFIG = SparseAttentionConfig(3, 4, (0,))
LARGEST = {np.float32: 3e38, np.float64: 1.7e308}
TYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def exact_softmax_mean(q: Any, keys: list[Any], values: list[Any]) -> Any:
    """As the twin's, with scores in exact arithmetic."""
    rationals = [[Fraction(float(x)) for x in row] for row in [q, *keys]]
    root = Fraction(math.sqrt(len(q)))
    scores = [sum(a * b for a, b in zip(rationals[0], key, strict=True)) for key in rationals[1:]]
    top = max(scores)
    weights = [math.exp(max(Fraction(-800), (score - top) / root)) for score in scores]
    total = math.fsum(weights)
    return sum(w / total * np.asarray(v, np.float64) for w, v in zip(weights, values, strict=True))


@pytest.fixture
def exact_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twin, "softmax_mean", exact_softmax_mean)


@pytest.mark.usefixtures("exact_twin")
@TYPES
@pytest.mark.parametrize("q_scale", [1e-30, 1.0, "largest"])
@pytest.mark.parametrize("causal", [True, False])
def test_scores_beyond_the_type(dtype: Any, q_scale: Any, causal: bool) -> None:
    rng = np.random.default_rng(5)
    q, k, v = (rng.uniform(-1, 1, (19, 2, 3)) for _ in range(3))
    q = (q * (LARGEST[dtype] if q_scale == "largest" else q_scale)).astype(dtype)
    k = (k * LARGEST[dtype]).astype(dtype)
    v = v.astype(dtype)
    config = SparseAttentionConfig(3, 30, (0,), causal)
    for out, want in [
        (sparse_attention(q, k, v, config), twin.sparse(q, k, v, twin_of(config))),
        (dense_attention(q, k, v, causal), twin.dense(q, k, v, causal)),
    ]:
        np.testing.assert_allclose(out, want, rtol=0, atol=2e-6 if dtype == np.float32 else 1e-13)


@pytest.mark.usefixtures("exact_twin")
@TYPES
def test_a_first_score_of_minus_infinity_makes_no_nan(dtype: Any) -> None:
    big = math.sqrt(LARGEST[dtype]) * 10
    q = np.full((6, 1, 1), big, dtype)
    k = np.array([-big, -big, -2 * big, -big, big, -big], dtype).reshape(6, 1, 1)
    v = np.arange(6, dtype=dtype).reshape(6, 1, 1)
    out = sparse_attention(q, k, v, CONFIG)
    np.testing.assert_allclose(out, twin.sparse(q, k, v, twin_of(CONFIG)), rtol=1e-6)
    assert out[0, 0, 0] == 0  # its only score is minus infinity, and its weight one
    assert out[5, 0, 0] == 4


@TYPES
@pytest.mark.parametrize("sign", [1, -1])
def test_values_at_the_limit_stay_finite(dtype: Any, sign: int) -> None:
    q, k, _ = operands(40, dtype=dtype)
    limit = np.finfo(dtype).max
    v = np.full(k.shape, sign * limit, dtype)
    for out in (sparse_attention(q, k, v, CONFIG), dense_attention(q, k, v)):
        np.testing.assert_allclose(out, v, rtol=1e-5)
    mixed = (v * np.where(np.arange(40) % 2, 1, -1)[:, None, None]).astype(dtype)
    assert np.isfinite(sparse_attention(q, k, mixed, CONFIG)).all()


@TYPES
def test_streaming_at_the_limit(dtype: Any) -> None:
    rng = np.random.default_rng(6)
    q, k, v = (
        (rng.choice([-1.0, 0.5, 1.0], (30, 2, 3)) * np.finfo(dtype).max).astype(dtype)
        for _ in range(3)
    )
    cache = KvCache(30, 2, 3, CONFIG.block_size, dtype)
    whole = sparse_attention(q, k, v, CONFIG)
    for i in range(30):
        cache.append(k[i], v[i])
        out = decode_step(q[i : i + 1], cache, CONFIG)
        np.testing.assert_allclose(
            out[0] / np.finfo(dtype).max, whole[i] / np.finfo(dtype).max, atol=1e-6
        )


@pytest.mark.parametrize(("name", "scale"), [("denormal", 1e-310), ("tiny", 1e-160), ("huge", 1e5)])
def test_scales(name: str, scale: float) -> None:
    q, k, v = operands(30, scale=scale)
    out = sparse_attention(q, k, v, CONFIG)
    want = twin.sparse(q, k, v, twin_of(CONFIG))
    np.testing.assert_allclose(out, want, rtol=0, atol=1e-13 * np.abs(v).max(), err_msg=name)


def test_float32_denormals() -> None:
    q, k, v = operands(30, dtype=np.float32, scale=1e-40)
    out = sparse_attention(q, k, v, CONFIG)
    want = twin.sparse(q, k, v, twin_of(CONFIG))
    np.testing.assert_allclose(out, want, rtol=0, atol=4 * 2**-149)


@TYPES
@pytest.mark.parametrize("size", [1.0, 30.0, 1e4])
@pytest.mark.parametrize("sign", [1, -1])
def test_rows_of_large_scores_among_rows_of_small_ones(
    dtype: Any, size: float, sign: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle runs exp of a score leaves the type, one way or the other; not in the rest."""
    monkeypatch.setattr(kernels_ref.sparse, "MIN_ROWS", 8)
    monkeypatch.setattr(kernels_ref.sparse, "MAX_ROWS", 8)
    q, k, v = operands(60, dtype=dtype)
    k[:, :, 0] = np.abs(k[:, :, 0]) + 1
    q[21:37] *= dtype(size)
    q[21:37, :, 0] = sign * np.abs(q[21:37, :, 0]) * dtype(size)
    out = sparse_attention(q, k, v, CONFIG)
    want = twin.sparse(q, k, v, twin_of(CONFIG))
    # A score of 10^n has lost n digits before anything else is done with it.
    budget = {np.float32: 2e-6, np.float64: 4e-15}[dtype] * np.abs(v).max() * max(1, size)
    calm = np.r_[0:21, 37:60]
    np.testing.assert_allclose(out[calm], want[calm], rtol=0, atol=budget / max(1, size))
    np.testing.assert_allclose(out, want, rtol=0, atol=budget)


@TYPES
@pytest.mark.parametrize("score", [-1e3, -80.0, 80.0, 1e3])
def test_all_scores_of_a_row_far_from_zero(dtype: Any, score: float) -> None:
    """Only their differences count, even where exp of each is zero or infinite."""
    rng = np.random.default_rng(8)
    n, d = 40, 4
    q = np.ones((n, 2, d), dtype)
    k = (score / math.sqrt(d) + rng.integers(-2, 3, (n, 2, d)) / 4).astype(dtype)
    v = rng.standard_normal((n, 2, d)).astype(dtype)
    out = sparse_attention(q, k, v, CONFIG)
    want = twin.sparse(q, k, v, twin_of(CONFIG))
    budget = {np.float32: 2e-6, np.float64: 4e-15}[dtype] * max(1, abs(score) / 10)
    np.testing.assert_allclose(out, want, rtol=0, atol=budget * np.abs(v).max())


@pytest.mark.parametrize("scale", [1e-44, 1e-36, 1e-30, 1e-20, 1e20, 1e27, 1e36])
def test_float32_values_of_any_size_under_ordinary_scores(scale: float) -> None:
    q, k, v = operands(40, dtype=np.float32)
    q *= np.float32(4)  # weights without the maximum subtracted: from 1e-15 to 1e15
    v = (v * np.float64(scale)).astype(np.float32)
    out = sparse_attention(q, k, v, CONFIG)
    want = twin.sparse(q, k, v, twin_of(CONFIG))
    atol = 8e-6 * float(np.abs(v).max()) + 4 * 2**-149
    np.testing.assert_allclose(out, want, rtol=0, atol=atol)


def test_equal_scores_give_the_mean_of_the_candidates() -> None:
    _, _, v = operands(30)
    q = k = np.ones_like(v)
    out = sparse_attention(q, k, v, CONFIG)
    np.testing.assert_allclose(out, twin.sparse(q, k, v, twin_of(CONFIG)), rtol=0, atol=1e-15)


def test_one_hot_keys_pick_their_token() -> None:
    """A query that matches one key by far returns that key's value, to the bit."""
    n = 16
    k = np.eye(n).reshape(n, 1, n)
    before = np.maximum(np.arange(n) - 1, 0)
    q = k[before] * 1e6
    v = np.random.default_rng(7).standard_normal((n, 1, n))
    out = sparse_attention(q, k, v, SparseAttentionConfig(2, 4, use_landmarks=False))
    np.testing.assert_array_equal(out, v[before])
