"""Vectorised sparse attention against the plain twin."""

from __future__ import annotations

import itertools
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kernels_ref.sparse
from kernels_ref import SparseAttentionConfig, sparse_attention
from tests.oracle import twin
from tests.oracle.draws import LARGEST_INTEGER, operands, patterns, twin_of

SWITCHES = list(itertools.product([True, False], repeat=3))
HEADS = [(1, 1), (3, 3), (4, 2), (4, 1)]


def assert_equals_twin(config: SparseAttentionConfig, n: int, heads: tuple[int, int]) -> None:
    q, k, v = operands(n, *heads)
    out = sparse_attention(q, k, v, config)
    assert out.dtype == np.float64
    np.testing.assert_allclose(out, twin.sparse(q, k, v, twin_of(config)), rtol=0, atol=2e-15)


@pytest.mark.parametrize(("causal", "stride", "landmarks"), SWITCHES)
@pytest.mark.parametrize("heads", HEADS)
def test_every_switch_and_head_grouping(
    causal: bool, stride: bool, landmarks: bool, heads: tuple[int, int]
) -> None:
    config = SparseAttentionConfig(3, 4, (0, 9), causal, stride, landmarks)
    assert_equals_twin(config, 37, heads)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65])
@pytest.mark.parametrize("causal", [True, False])
def test_sequence_lengths_around_the_window_the_block_and_powers_of_two(
    n: int, causal: bool
) -> None:
    assert_equals_twin(SparseAttentionConfig(4, 8, (0,), causal), n, (2, 1))


@pytest.mark.parametrize("window", [0, 1, 29, 30, 31, LARGEST_INTEGER, 2**80])
@pytest.mark.parametrize("block", [1, 2, 29, 30, 31, LARGEST_INTEGER, 2**80])
@pytest.mark.parametrize("causal", [True, False])
def test_windows_and_blocks_from_none_to_beyond_every_sequence(
    window: int, block: int, causal: bool
) -> None:
    assert_equals_twin(SparseAttentionConfig(window, block, (), causal), 30, (2, 2))


@settings(max_examples=60)
@given(patterns(), st.integers(1, 40), st.sampled_from(HEADS))
def test_any_pattern(config: SparseAttentionConfig, n: int, heads: tuple[int, int]) -> None:
    assert_equals_twin(config, n, heads)


@settings(max_examples=60)
@given(patterns(), st.integers(1, 40), st.integers(1, 9))
def test_the_cut_into_runs_does_not_show(config: SparseAttentionConfig, n: int, rows: int) -> None:
    q, k, v = operands(n, 4, 2)
    whole = sparse_attention(q, k, v, config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels_ref.sparse, "MIN_ROWS", rows)
        patch.setattr(kernels_ref.sparse, "MAX_ROWS", rows)
        cut = sparse_attention(q, k, v, config)
    np.testing.assert_allclose(cut, whole, rtol=0, atol=2e-15)


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("block", [1, 2, 3])
def test_runs_of_one_row(block: int, causal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The groups of a causal pattern begin a token before the sequence: one has no token at all."""
    monkeypatch.setattr(kernels_ref.sparse, "MIN_ROWS", 1)
    monkeypatch.setattr(kernels_ref.sparse, "MAX_ROWS", 1)
    assert_equals_twin(SparseAttentionConfig(2, block, (0,), causal), 9, (2, 1))


@pytest.mark.parametrize("causal", [True, False])
def test_runs_of_the_real_size(causal: bool) -> None:
    """Long enough for several runs; rows at the seams are checked one by one."""
    n = 2600
    config = SparseAttentionConfig(5, 12, (0, 700), causal)
    q, k, v = operands(n, 2, 1, 3)
    out = sparse_attention(q, k, v, config)
    seams = [0, 1, 10, 11, 12, 13, 1006, 1007, 1008, *range(1017, 1027)]
    seams += [2014, *range(2037, 2050), 2598, 2599]
    seams += [n for end in (648, 1296, 1944, 2592) for n in range(end - 2, end + 3)]
    for i in seams:
        want = twin.token_output(q, k, v, i, twin_of(config))
        np.testing.assert_allclose(out[i], want, rtol=0, atol=2e-15, err_msg=f"token {i}")


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_output_has_the_type_of_q(dtype: type) -> None:
    q, k, v = operands(40, dtype=dtype)
    config = SparseAttentionConfig(4, 8)
    out = sparse_attention(q, k, v, config)
    assert out.dtype == dtype
    error = np.abs(out - twin.sparse(q, k, v, twin_of(config))).max()
    budget = {np.float16: 2**-11, np.float32: 2e-6, np.float64: 2e-15}[dtype]
    assert error <= budget * np.abs(v).max()


@pytest.mark.parametrize("heads", HEADS)
def test_float32_keeps_within_the_budget_at_the_default_shape(heads: tuple[int, int]) -> None:
    q, k, v = operands(256, *heads, 32, np.float32)
    config = SparseAttentionConfig(32, 16)
    wide = (x.astype(np.float64) for x in (q, k, v))
    error = np.abs(sparse_attention(q, k, v, config) - sparse_attention(*wide, config)).max()
    assert error <= 2e-6 * np.abs(v).max()


def test_an_empty_sequence_gives_an_empty_result() -> None:
    q, k, v = operands(0, 4, 2, 3, np.float32)
    out = sparse_attention(q, k, v, SparseAttentionConfig(4, 8))
    assert out.shape == (0, 4, 3)
    assert out.dtype == np.float32


def test_a_candidate_that_is_window_global_and_stride_counts_once() -> None:
    """With equal scores the weights are counts: token 1 of 2 sees tokens 0 and 1, half each."""
    q = k = np.zeros((2, 1, 1))
    v = np.array([0.0, 1.0]).reshape(2, 1, 1)
    out = sparse_attention(q, k, v, SparseAttentionConfig(1, 8, (0,)))
    np.testing.assert_allclose(out[1], 0.5, rtol=1e-15)


def test_a_landmark_repeats_tokens_of_the_window() -> None:
    """Token 1 completes block 0: tokens 0 and 1 and their mean, a third each."""
    q = k = np.zeros((2, 1, 1))
    v = np.array([0.0, 3.0]).reshape(2, 1, 1)
    out = sparse_attention(q, k, v, SparseAttentionConfig(1, 2))
    np.testing.assert_allclose(out[1], 1.5, rtol=1e-15)
    v = np.array([0.0, 3.0, 6.0]).reshape(3, 1, 1)
    q = k = np.zeros((3, 1, 1))
    out = sparse_attention(q, k, v, SparseAttentionConfig(0, 2, ()))
    # Token 2: itself, 1 (stride 1), 0 (stride 2), landmark 0 with its mean of 1.5.
    np.testing.assert_allclose(out[2], (6 + 3 + 0 + 1.5) / 4, rtol=1e-15)


def test_inputs_are_left_alone_and_may_be_read_only_and_strided() -> None:
    q, k, v = (np.asfortranarray(x) for x in operands(50, 4, 2, 6))
    copies = [x.copy() for x in (q, k, v)]
    for x in (q, k, v):
        x.flags.writeable = False
    config = SparseAttentionConfig(4, 8)
    out = sparse_attention(q, k, v, config)
    np.testing.assert_array_equal(out, sparse_attention(*copies, config))


def test_the_same_inputs_give_the_same_bits() -> None:
    q, k, v = operands(300, 4, 1, 32, np.float32)
    config = SparseAttentionConfig(32, 16)
    first = sparse_attention(q, k, v, config).tobytes()
    assert sparse_attention(q, k, v, config).tobytes() == first


def test_memory_grows_with_the_window_not_with_the_square_of_the_sequence() -> None:
    """65,536 frames: the operands and their copies take 100 MB, N^2 scores would take 70 GB."""
    n = 65_536
    q, k, v = operands(n, 4, 1, 32, np.float32)
    tracemalloc.start()
    try:
        out = sparse_attention(q, k, v, SparseAttentionConfig(16, 32))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert out.shape == (n, 4, 32)
    operand_bytes = q.nbytes + k.nbytes + v.nbytes
    assert peak < 4 * operand_bytes
    for i in (25_535, n - 1):
        want = _far_output(q, k, v, i, twin.Pattern(16, 32))
        np.testing.assert_allclose(out[i], want, rtol=0, atol=2e-6, err_msg=f"token {i}")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_memory_grows_like_the_sequence(dtype: type) -> None:
    """What a call allocates, fitted over N: an exponent of 1 and the logarithm, far from 2."""
    config = SparseAttentionConfig(16, 32)
    lengths = [2048, 4096, 8192, 16384, 32768]
    peaks = [_peak(n, 2, 8, config, dtype) for n in lengths]
    growth = np.polyfit(np.log(lengths), np.log(peaks), 1)[0]
    assert growth < 1.1, peaks


def test_memory_grows_like_the_window_at_most() -> None:
    """4,096 tokens that all see each other: dense scores would take 268 MB."""
    windows = [512, 1024, 2048, 4096]
    peaks = [_peak(4096, 2, 8, SparseAttentionConfig(w, 32), np.float64) for w in windows]
    growth = np.polyfit(np.log(windows), np.log(peaks), 1)[0]
    assert growth < 1.1 and peaks[-1] < 30e6, peaks


def _peak(n: int, heads: int, d: int, config: SparseAttentionConfig, dtype: Any) -> int:
    """Bytes allocated at most during one call, its result included."""
    q, k, v = operands(n, heads, heads, d, dtype)
    tracemalloc.start()
    try:
        sparse_attention(q, k, v, config)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _far_output(q: np.ndarray, k: np.ndarray, v: np.ndarray, i: int, p: twin.Pattern) -> np.ndarray:
    """The twin's output of token i, without its search through all tokens."""
    tokens = {0, *range(i - p.window, i + 1)}
    tokens |= {i - 2**e for e in range(20) if 2**e <= i}
    blocks = sorted(twin.landmark_candidates(i, len(q), p))
    rows = []
    for h in range(q.shape[1]):
        keys = [k[j, 0].astype(float) for j in sorted(tokens)]
        values = [v[j, 0].astype(float) for j in sorted(tokens)]
        keys += [twin.landmark(k.astype(float), b, p)[0] for b in blocks]
        values += [twin.landmark(v.astype(float), b, p)[0] for b in blocks]
        rows.append(twin.softmax_mean(q[i, h].astype(float), keys, values))
    return np.stack(rows)
