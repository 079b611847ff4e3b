"""The number of candidates, in closed form, against counting and against what was published."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels_ref import SparseAttentionConfig, edges
from tests.oracle import twin
from tests.oracle.draws import patterns, twin_of


@pytest.mark.parametrize(
    ("n", "published", "dense"),
    [
        (8192, 1_146_498, 33_558_528),
        (16384, 2_334_274, 134_225_920),
        (32768, 4_742_658, 536_887_296),
    ],
)
def test_published(n: int, published: int, dense: int) -> None:
    assert edges(n, SparseAttentionConfig(128, 64)) == published
    everything = SparseAttentionConfig(n, 64, use_landmarks=False)
    assert edges(n, everything) == dense == n * (n + 1) // 2


def test_the_default_shape_has_9426_edges_a_head() -> None:
    assert edges(256, SparseAttentionConfig(32, 16)) == 9426


@settings(max_examples=300)
@given(patterns(), st.integers(0, 70))
def test_counts_what_the_twin_counts(config: SparseAttentionConfig, n: int) -> None:
    assert edges(n, config) == twin.edges(n, twin_of(config))


def test_grows_with_n_times_window_plus_log_n() -> None:
    """A sequence of 2^40 tokens is counted at once; a token has W + 1 + log N + log(N/B) edges."""
    n, window, block = 1 << 40, 100, 64
    config = SparseAttentionConfig(window, block, ())
    # Strides 2^7 to 2^39; landmarks: the pivot and 34 powers of two before it.
    most = n * (window + 1 + 33 + 1 + 34)
    assert 0.9 * most < edges(n, config) < most
