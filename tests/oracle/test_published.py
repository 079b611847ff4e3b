"""The published A/B table: sparse against dense on given inputs, in float32."""

from __future__ import annotations

import numpy as np
import pytest

from kernels_ref import SparseAttentionConfig, dense_attention, sparse_attention


def published_inputs(n: int, heads: int, d: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    s, h, j = (x.astype(np.float32) for x in np.indices((n, heads, d)))
    tenth = np.float32(0.1)
    q = np.sin(s * 31 + h * 7 + j) * tenth
    k = np.cos(s * 17 + h * 3 + j) * tenth
    return q, k, k * np.float32(0.5)


def differences(n: int, window: int, block: int) -> np.ndarray:
    q, k, v = published_inputs(n, 4, 16)
    assert q.dtype == k.dtype == v.dtype == np.float32
    sparse = sparse_attention(q, k, v, SparseAttentionConfig(window, block))
    return np.abs(sparse - dense_attention(q, k, v))


def test_saturated_pattern() -> None:
    assert differences(32, 32, 32).max() < 1e-4


def test_realistic_pattern() -> None:
    difference = differences(256, 16, 32)
    assert difference.max() == pytest.approx(5.22e-3, abs=0.005e-3)
    assert difference.mean() == pytest.approx(1.79e-3, abs=0.005e-3)
    assert difference.max() == pytest.approx(5.2207e-3, abs=1e-7)
    assert difference.mean() == pytest.approx(1.7859e-3, abs=1e-7)
