"""FastGRNN salience and gated attention."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels_ref import (
    FastGrnnGate,
    InvalidConfig,
    KvCache,
    NonFinite,
    ShapeMismatch,
    SparseAttentionConfig,
    StreamingKeepSet,
    decode_step,
    gated_attention,
    sparse_attention,
)
from tests.oracle import twin
from tests.oracle.draws import operands, patterns, twin_of

WEIGHTS = {
    "w_gate": (5, 3),
    "u_gate": (5, 5),
    "b_gate": (5,),
    "w_update": (5, 3),
    "u_update": (5, 5),
    "b_update": (5,),
}


def gate(zeta: float = 0.9, nu: float = 0.05, **changes: Any) -> FastGrnnGate:
    rng = np.random.default_rng(11)
    weights = {name: rng.standard_normal(shape) for name, shape in WEIGHTS.items()}
    return FastGrnnGate(**weights | changes, zeta=zeta, nu=nu)


@pytest.mark.parametrize(("zeta", "nu"), [(0.9, 0.05), (1.7, -0.4), (0.0, 0.0), (0.0, 1.0)])
@pytest.mark.parametrize("scale", [1.0, 300.0])
def test_salience_equals_the_twin(zeta: float, nu: float, scale: float) -> None:
    _, k, _ = operands(40, 2, 2, 3, scale=scale)
    salience = gate(zeta, nu).score(k)
    want = twin.gate_salience(gate(zeta, nu), k)
    np.testing.assert_allclose(salience, want, rtol=1e-12, atol=1e-15)


def test_salience_of_float32_keys_is_float32() -> None:
    _, k, _ = operands(40, 2, 2, 3, np.float32)
    salience = gate().score(k)
    assert salience.dtype == np.float32
    np.testing.assert_allclose(salience, twin.gate_salience(gate(), k), rtol=1e-5)


def test_no_tokens_have_no_salience() -> None:
    assert gate().score(np.zeros((0, 2, 3))).shape == (0,)


@settings(max_examples=100)
@given(st.lists(st.integers(0, 4), max_size=20), st.integers(0, 25))
def test_top_k_takes_the_lower_index_on_ties(salience: list[int], count: int) -> None:
    keep = FastGrnnGate.keep_top_k(np.array(salience, float), count)
    assert set(np.flatnonzero(keep)) == twin.top_k(salience, count)


@settings(max_examples=60)
@given(patterns(), st.integers(1, 45), st.data())
def test_gated_attention_equals_the_twin(
    config: SparseAttentionConfig, n: int, data: st.DataObject
) -> None:
    q, k, v = operands(n, 4, 2)
    keep = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    out = gated_attention(q, k, v, config, keep)
    want = twin.sparse(q, k, v, twin_of(config), set(np.flatnonzero(keep)))
    np.testing.assert_allclose(out, want, rtol=0, atol=2e-15)


def test_keeping_everything_is_sparse_attention_and_keeping_nothing_is_not() -> None:
    q, k, v = operands(60)
    config = SparseAttentionConfig(2, 8)
    ungated = sparse_attention(q, k, v, config)
    everything = gated_attention(q, k, v, config, np.ones(60, bool))
    nothing = gated_attention(q, k, v, config, np.zeros(60, bool))
    np.testing.assert_array_equal(everything, ungated)
    assert np.abs(nothing - ungated).max() > 0.01
    # What is left is the window, the global token and the landmarks.
    np.testing.assert_allclose(
        nothing, sparse_attention_without_far_tokens(q, k, v), rtol=0, atol=2e-15
    )


def sparse_attention_without_far_tokens(q: Any, k: Any, v: Any) -> Any:
    p = twin.Pattern(2, 8)
    return twin.sparse(q, k, v, p, keep=set())


@pytest.mark.parametrize("top_k", [0, 1, 5, 100])
def test_streaming_keeps_the_top_k_of_the_tokens_seen_so_far(top_k: int) -> None:
    n = 50
    config = SparseAttentionConfig(2, 4)
    q, k, v = operands(n, 4, 2, 3)
    salience = twin.gate_salience(gate(), k)
    keep_set = StreamingKeepSet(gate(), top_k)
    cache = KvCache(n, 2, 3, 4, np.float64)
    for i in range(n):
        cache.append(k[i], v[i])
        kept = keep_set.push(k[i : i + 1])
        want_kept = twin.top_k(salience[: i + 1], top_k)
        assert kept == want_kept
        out = decode_step(q[i : i + 1], cache, config, kept)
        seen = slice(0, i + 1)
        want = twin.token_output(q[seen], k[seen], v[seen], i, twin_of(config), want_kept)
        np.testing.assert_allclose(out[0], want, rtol=0, atol=2e-15)


def test_streaming_breaks_ties_towards_the_lower_index() -> None:
    still = gate(zeta=0.0, nu=1.0)  # f = 1: the state never moves, all saliences are 0
    keep_set = StreamingKeepSet(still, 2)
    kept = [keep_set.push(np.ones((1, 2, 3))) for _ in range(4)]
    assert kept == [{0}, {0, 1}, {0, 1}, {0, 1}]


def test_keeping_all_when_streaming_is_decode_step() -> None:
    config = SparseAttentionConfig(2, 4)
    q, k, v = operands(30, 2, 2, 3)
    cache = KvCache(30, 2, 3, 4)
    cache.extend(k, v)
    out = decode_step(q[:1], cache, config, frozenset(range(30)))
    np.testing.assert_array_equal(out, decode_step(q[:1], cache, config))


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_are_checked(name: str) -> None:
    with pytest.raises(ShapeMismatch):
        gate(**{name: np.zeros((4, 4, 4))})
    bad = np.zeros(WEIGHTS[name])
    bad.flat[-1] = np.nan
    with pytest.raises(NonFinite, match=name):
        gate(**{name: bad})
    with pytest.raises(NonFinite, match="zeta and nu"):
        gate(zeta=np.inf)


def test_a_non_finite_salience_is_an_error_and_changes_no_stream() -> None:
    weights = {name: np.full(WEIGHTS[name], 1e308) for name in ("w_gate", "w_update")}
    weights["w_update"][:, 1] *= -1
    overflowing = gate(**weights)
    k = np.full((1, 2, 3), 1e10)
    with pytest.raises(NonFinite, match="salience"):
        overflowing.score(k)
    keep_set = StreamingKeepSet(overflowing, 2)
    assert keep_set.push(np.zeros((1, 2, 3))) == {0}
    with pytest.raises(NonFinite, match="salience"):
        keep_set.push(k)
    assert keep_set.push(np.zeros((1, 2, 3))) == {0, 1}


def test_refusals() -> None:
    q, k, v = operands(5, 2, 2, 3)
    config = SparseAttentionConfig(2, 4)
    with pytest.raises(ShapeMismatch, match="keep"):
        gated_attention(q, k, v, config, np.ones(4, bool))
    with pytest.raises(ShapeMismatch, match="keep"):
        gated_attention(q, k, v, config, np.array([0, 2, 4, 4, 4]))
    with pytest.raises(ShapeMismatch, match="k has shape"):
        gate().score(np.zeros((5, 2, 4)))
    with pytest.raises(NonFinite, match=r"k\[0, 0, 0\]"):
        gate().score(np.full((5, 2, 3), np.nan))
    with pytest.raises(NonFinite, match=r"salience\[1\]"):
        FastGrnnGate.keep_top_k([1.0, np.nan], 1)
    with pytest.raises(InvalidConfig, match="top_k"):
        FastGrnnGate.keep_top_k([1.0], -1)
    with pytest.raises(ShapeMismatch, match="one token"):
        StreamingKeepSet(gate(), 2).push(np.zeros((2, 2, 3)))
