"""Streaming equals prefill at every position: the central claim."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kernels_ref.decode
from kernels_ref import (
    AetherTemporalHead,
    Backend,
    BackendDoesNotSupportStreaming,
    BeyondRange,
    CacheEmpty,
    CacheFull,
    InvalidConfig,
    KvCache,
    NonFinite,
    ShapeMismatch,
    SparseAttentionConfig,
    TemporalHeadConfig,
    UnsupportedDtype,
    decode_step,
    sparse_attention,
)
from tests.oracle import twin
from tests.oracle.draws import operands, patterns, twin_of
from tests.oracle.test_cache import state

HEADS = [(1, 1), (4, 4), (4, 2), (4, 1)]


def streamed(q: Any, k: Any, v: Any, config: SparseAttentionConfig, dtype: Any = np.float32) -> Any:
    head = AetherTemporalHead(TemporalHeadConfig(q.shape[1], k.shape[1], q.shape[2], config))
    cache = head.make_cache(len(q), dtype)
    rows = [head.step(q[i : i + 1], k[i : i + 1], v[i : i + 1], cache) for i in range(len(q))]
    return np.concatenate(rows)


@pytest.mark.parametrize("heads", HEADS)
@pytest.mark.parametrize(("n", "window", "block", "d"), [(300, 32, 16, 32), (150, 4, 8, 16)])
def test_step_equals_forward_at_every_position_in_float32(
    heads: tuple[int, int], n: int, window: int, block: int, d: int
) -> None:
    config = SparseAttentionConfig(window, block)
    q, k, v = operands(n, *heads, d, np.float32)
    out = streamed(q, k, v, config)
    assert out.dtype == np.float32
    worst = np.abs(out - sparse_attention(q, k, v, config)).max(axis=(1, 2))
    assert worst.max() <= 1e-6, f"token {worst.argmax()}"


@settings(max_examples=60)
@given(patterns(causal=True), st.integers(1, 45), st.sampled_from(HEADS))
def test_step_equals_the_twin_for_any_pattern_in_float64(
    config: SparseAttentionConfig, n: int, heads: tuple[int, int]
) -> None:
    q, k, v = operands(n, *heads)
    out = streamed(q, k, v, config, np.float64)
    np.testing.assert_allclose(out, twin.sparse(q, k, v, twin_of(config)), rtol=0, atol=2e-15)


@pytest.mark.parametrize("heads", HEADS)
def test_a_float16_cache_equals_forward_over_rounded_inputs(heads: tuple[int, int]) -> None:
    config = SparseAttentionConfig(8, 4)
    q, k, v = operands(150, *heads, 16, np.float32)
    k, v = (x.astype(np.float16).astype(np.float32) for x in (k, v))
    out = streamed(q, k, v, config, np.float16)
    assert out.dtype == np.float32
    assert np.abs(out - sparse_attention(q, k, v, config)).max() <= 1e-6
    unrounded = operands(150, *heads, 16, np.float32)
    np.testing.assert_array_equal(streamed(*unrounded, config, np.float16), out)


def test_a_step_touches_the_window_and_a_logarithm_of_the_tokens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rows gathered per step, counted: 17 window, 1 global, log T strides, log T/B landmarks."""
    gathered: list[int] = []
    real = kernels_ref.decode.prepare
    monkeypatch.setattr(
        kernels_ref.decode, "prepare", lambda q, k, v: (gathered.append(len(k)), real(q, k, v))[1]
    )
    config = SparseAttentionConfig(16, 32)
    for exponent in (8, 12, 16):
        n = 1 << exponent
        cache = KvCache(n, 1, 1, 32)
        zeros = np.zeros((n, 1, 1), np.float32)
        cache.extend(zeros, zeros)
        decode_step(zeros[:1], cache, config)
    assert gathered == [17 + 1 + (e - 5) + (e - 5 + 1) for e in (8, 12, 16)]


def head_of(**changes: Any) -> AetherTemporalHead:
    backend = changes.pop("backend", Backend.SPARSE)
    heads = changes.pop("heads", (4, 2))
    config = SparseAttentionConfig(**{"window": 4, "block_size": 8} | changes)
    return AetherTemporalHead(TemporalHeadConfig(*heads, 3, config, backend))


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (head_of(causal=False), "not causal"),
        (head_of(backend=Backend.DENSE, heads=(2, 2)), "dense"),
    ],
)
def test_what_has_no_streaming_says_so(head: AetherTemporalHead, message: str) -> None:
    with pytest.raises(BackendDoesNotSupportStreaming, match=message):
        head.make_cache(8)
    cache = KvCache(8, head.config.kv_heads, 3, 8)
    q, k, v = operands(1, head.config.q_heads, head.config.kv_heads, 3)
    with pytest.raises(BackendDoesNotSupportStreaming, match=message):
        head.step(q, k, v, cache)
    assert len(cache) == 0


def test_decode_of_a_pattern_that_is_not_causal() -> None:
    cache = KvCache(8, 2, 3, 8)
    with pytest.raises(BackendDoesNotSupportStreaming):
        decode_step(np.zeros((1, 2, 3)), cache, SparseAttentionConfig(4, 8, causal=False))


def test_decode_of_an_empty_cache() -> None:
    with pytest.raises(CacheEmpty):
        decode_step(np.zeros((1, 2, 3)), KvCache(8, 2, 3, 8), SparseAttentionConfig(4, 8))


def token(name: str, value: Any) -> dict[str, Any]:
    q, k, v = operands(1, 4, 2, 3)
    return {"q": q, "k": k, "v": v} | {name: value}


def spoilt(name: str, element: float) -> dict[str, Any]:
    tensors = token("q", operands(1, 4, 2, 3)[0])
    tensors[name][0, 1, 2] = element
    return tensors


@pytest.mark.parametrize("length", [0, 5])
@pytest.mark.parametrize(
    ("error", "message", "tensors"),
    [
        (ShapeMismatch, r"q has shape \[2, 4, 3\]", token("q", np.zeros((2, 4, 3)))),
        (ShapeMismatch, r"q has shape \[0, 4, 3\]", token("q", np.zeros((0, 4, 3)))),
        (ShapeMismatch, r"q has shape \[1, 4, 2\]", token("q", np.zeros((1, 4, 2)))),
        (ShapeMismatch, r"q has shape \[1, 8, 3\]", token("q", np.zeros((1, 8, 3)))),
        (ShapeMismatch, r"q has shape \[1, 3, 3\]", token("q", np.zeros((1, 3, 3)))),
        (ShapeMismatch, r"q has shape \[4, 3\]", token("q", np.zeros((4, 3)))),
        (ShapeMismatch, r"k has shape \[2, 2, 3\]", token("k", np.zeros((2, 2, 3)))),
        (ShapeMismatch, r"k has shape \[1, 4, 3\]", token("k", np.zeros((1, 4, 3)))),
        (ShapeMismatch, r"v has shape \[2, 3\]", token("v", np.zeros((2, 3)))),
        (NonFinite, r"q\[0, 1, 2\] is nan", spoilt("q", np.nan)),
        (NonFinite, r"k\[0, 1, 2\] is inf", spoilt("k", np.inf)),
        (NonFinite, r"v\[0, 1, 2\] is -inf", spoilt("v", -np.inf)),
        (BeyondRange, r"k\[0, 1, 2\] is 70000", spoilt("k", 70000)),
        (BeyondRange, r"v\[0, 1, 2\] is -65505", spoilt("v", -65505)),
        (UnsupportedDtype, "q has dtype int", token("q", np.zeros((1, 4, 3), np.int32))),
    ],
)
def test_a_refused_step_leaves_the_cache_as_it_was(
    length: int, error: type[Exception], message: str, tensors: dict[str, Any]
) -> None:
    head = head_of()
    cache = head.make_cache(8, np.float16)
    _, k, v = operands(length, 4, 2, 3)
    cache.extend(k, v)
    before = state(cache)
    with pytest.raises(error, match=message):
        head.step(**tensors, cache=cache)
    assert state(cache) == before


def test_a_step_on_a_full_cache_is_refused() -> None:
    head = head_of()
    cache = head.make_cache(5)
    q, k, v = operands(5, 4, 2, 3)
    cache.extend(k, v)
    before = state(cache)
    with pytest.raises(CacheFull, match="5 of 5"):
        head.step(q[:1], k[:1], v[:1], cache)
    assert state(cache) == before


@pytest.mark.parametrize(
    ("error", "cache"),
    [
        (ShapeMismatch, KvCache(8, 4, 3, 8)),
        (ShapeMismatch, KvCache(8, 2, 4, 8)),
        (InvalidConfig, KvCache(8, 2, 3, 7)),
    ],
)
def test_a_cache_of_another_head_is_refused(error: type[Exception], cache: KvCache) -> None:
    with pytest.raises(error):
        head_of().step(*operands(1, 4, 2, 3), cache)
    assert len(cache) == 0
