"""Dense attention against the plain twin."""

from __future__ import annotations

import numpy as np
import pytest

import kernels_ref.dense
from kernels_ref import SparseAttentionConfig, dense_attention, sparse_attention
from tests.oracle import twin
from tests.oracle.draws import operands


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("n", [1, 2, 17, 40])
def test_equals_the_twin(causal: bool, n: int) -> None:
    q, k, v = operands(n, 3, 3, 5)
    want = twin.dense(q, k, v, causal)
    np.testing.assert_allclose(dense_attention(q, k, v, causal), want, rtol=0, atol=2e-15)


@pytest.mark.parametrize("causal", [True, False])
def test_the_cut_into_runs_does_not_show(causal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    q, k, v = operands(50)
    whole = dense_attention(q, k, v, causal)
    monkeypatch.setattr(kernels_ref.dense, "CHUNK_BYTES", 8 * 50 * 7)
    np.testing.assert_allclose(dense_attention(q, k, v, causal), whole, rtol=0, atol=2e-15)


def test_an_empty_sequence_gives_an_empty_result() -> None:
    assert dense_attention(*operands(0, 2, 2, 3)).shape == (0, 2, 3)


@pytest.mark.parametrize("causal", [True, False])
def test_a_window_over_everything_without_landmarks_is_dense(causal: bool) -> None:
    q, k, v = operands(60)
    config = SparseAttentionConfig(60, 60, causal=causal, use_landmarks=False)
    out = sparse_attention(q, k, v, config)
    np.testing.assert_allclose(out, dense_attention(q, k, v, causal), rtol=0, atol=2e-15)
