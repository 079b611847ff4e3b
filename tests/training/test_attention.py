"""The differentiable kernel against the oracle."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from kernels_ref.errors import NonFinite, ShapeMismatch
from kernels_ref.pattern import SparseAttentionConfig
from kernels_ref.sparse import sparse_attention as oracle
from tests.training.draws import Draw, Operands, operands
from tests.training.mistakes import explained_attention
from training.attention import SHORT, sparse_attention

FLOAT64_BUDGET = 1e-12
FLOAT32_BUDGET = 1e-6


def computed(
    case: Operands, pattern: SparseAttentionConfig, dtype: Any = np.float64
) -> npt.NDArray[Any]:
    """The module's output for one sequence, `[N, Hq, d]`."""
    q, k, v = (torch.from_numpy(x.astype(dtype))[None] for x in case)
    return np.asarray(sparse_attention(q, k, v, pattern)[0].numpy())


@pytest.mark.parametrize("seed", range(60))
def test_it_is_the_oracle_s_function_for_any_pattern(seed: int) -> None:
    case, pattern = Draw(seed).case()
    expected = oracle(*case, pattern)
    out = computed(case, pattern)
    if not np.abs(out - expected).max() <= FLOAT64_BUDGET:
        pytest.fail(f"{explained_attention(case, pattern, out)} ({pattern})")
    rounded = tuple(x.astype(np.float32) for x in case)
    expected = oracle(*(x.astype(np.float64) for x in rounded), pattern)
    assert np.abs(computed(case, pattern, np.float32) - expected).max() <= FLOAT32_BUDGET, pattern


def test_scores_at_the_ends_of_float32_are_no_nan() -> None:
    q, k, v = (x.astype(np.float32) for x in operands(np.random.default_rng(1), 70, 4, 1, 8))
    pattern = SparseAttentionConfig(8, 4)
    for scale in (1e30, -1e30):
        case = (q * np.float32(1e30), k * np.float32(scale), v)
        expected = oracle(*case, pattern)
        assert np.abs(computed(case, pattern, np.float32) - expected).max() <= FLOAT32_BUDGET


def test_an_empty_sequence_and_an_empty_batch_give_an_empty_result() -> None:
    pattern = SparseAttentionConfig(8, 4)
    for batch, n in ((2, 0), (0, 5)):
        q, kv = torch.zeros(batch, n, 4, 8), torch.zeros(batch, n, 2, 8)
        assert sparse_attention(q, kv, kv, pattern).shape == (batch, n, 4, 8)


@pytest.mark.parametrize(
    ("q", "k", "v", "named"),
    [
        ((5, 4, 8), (1, 5, 2, 8), (1, 5, 2, 8), "q"),
        ((1, 5, 4, 0), (1, 5, 2, 0), (1, 5, 2, 0), "q"),
        ((1, 5, 4, 8), (1, 5, 3, 8), (1, 5, 3, 8), "k"),
        ((1, 5, 4, 8), (1, 6, 2, 8), (1, 6, 2, 8), "k"),
        ((1, 5, 4, 8), (2, 5, 2, 8), (2, 5, 2, 8), "k"),
        ((1, 5, 4, 8), (1, 5, 2, 8), (1, 5, 1, 8), "v"),
    ],
)
def test_tensors_that_do_not_go_together_are_refused(
    q: tuple[int, ...], k: tuple[int, ...], v: tuple[int, ...], named: str
) -> None:
    with pytest.raises(ShapeMismatch, match=f"^{named} "):
        sparse_attention(
            torch.zeros(q), torch.zeros(k), torch.zeros(v), SparseAttentionConfig(8, 4)
        )


@pytest.mark.parametrize("n", [9, SHORT + 20])
def test_what_is_not_finite_is_refused_with_its_place(n: int) -> None:
    q, k, v = (torch.from_numpy(x)[None] for x in operands(np.random.default_rng(2), n, 2, 1, 4))
    for name, x in (("q", q), ("k", k), ("v", v)):
        kept = x[0, 7, 0, 2].clone()
        for value in (torch.nan, torch.inf):
            x[0, 7, 0, 2] = value
            with pytest.raises(NonFinite, match=name):
                sparse_attention(q, k, v, SparseAttentionConfig(2, 4))
        x[0, 7, 0, 2] = kept


PATTERNS = {
    "default": SparseAttentionConfig(3, 4),
    "two globals": SparseAttentionConfig(2, 3, global_tokens=(0, 9)),
    "not causal": SparseAttentionConfig(3, 4, causal=False),
    "window only": SparseAttentionConfig(5, 4, (), use_log_stride=False, use_landmarks=False),
    "no window": SparseAttentionConfig(0, 5),
}


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.parametrize(("q_heads", "kv_heads"), [(2, 2), (4, 2), (2, 1)])
@pytest.mark.parametrize("n", [19, SHORT + 5])
def test_its_gradient_is_that_of_its_function(
    name: str, q_heads: int, kv_heads: int, n: int
) -> None:
    rng = np.random.default_rng(len(name))
    case = [operands(rng, n, q_heads, kv_heads, 2) for _ in range(2)]
    inputs = [torch.from_numpy(np.stack(pair)).requires_grad_() for pair in zip(*case, strict=True)]
    assert torch.autograd.gradcheck(
        lambda q, k, v: sparse_attention(q, k, v, PATTERNS[name]), inputs, fast_mode=True
    )


@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_a_gradient_that_is_taken_late_is_that_of_its_own_pass(scale: float) -> None:
    """Passes share memory for what they need on their way; scores far from 0 need more of it."""
    rng = np.random.default_rng(5)
    pattern = SparseAttentionConfig(9, 4)
    cases = [
        [torch.from_numpy(x[None]).requires_grad_() for x in operands(rng, SHORT + 40, 4, 2, 8)]
        for _ in range(2)
    ]
    weight = torch.from_numpy(rng.standard_normal((1, SHORT + 40, 4, 8)))

    def passed(case: list[torch.Tensor]) -> torch.Tensor:
        return (sparse_attention(scale * case[0], *case[1:], pattern) * weight).sum()

    alone = [torch.autograd.grad(passed(case), case) for case in cases]
    both = [passed(case) for case in cases]
    for out, case, expected in zip(both, cases, alone, strict=True):
        found = torch.autograd.grad(out, case)
        assert all(torch.equal(x, y) for x, y in zip(found, expected, strict=True))
        assert all(bool(x.isfinite().all()) and bool(x.any()) for x in found)


@pytest.mark.parametrize("name", PATTERNS)
def test_far_from_zero_its_gradient_is_still_that_of_its_function(name: str) -> None:
    rng = np.random.default_rng(len(name))
    q, k, v = (
        torch.from_numpy(x[None]).requires_grad_() for x in operands(rng, SHORT + 5, 2, 1, 2)
    )
    scores = [float(x.detach().norm(dim=-1).max()) for x in (500 * q, k)]
    assert scores[0] * scores[1] > 700, "an exponential is beyond float64"
    assert torch.autograd.gradcheck(
        lambda q, k, v: sparse_attention(500 * q, k, v, PATTERNS[name]), (q, k, v), fast_mode=True
    )


def test_a_batch_is_its_sequences_one_by_one() -> None:
    rng = np.random.default_rng(3)
    cases = [operands(rng, 77, 4, 2, 8) for _ in range(3)]
    pattern = SparseAttentionConfig(9, 4)
    q, k, v = (torch.from_numpy(np.stack(group)) for group in zip(*cases, strict=True))
    together = sparse_attention(q, k, v, pattern).numpy()
    for case, out in zip(cases, together, strict=True):
        assert np.abs(computed(case, pattern) - out).max() <= FLOAT64_BUDGET


@pytest.mark.parametrize("n", [40, SHORT + 70])
def test_a_token_knows_nothing_of_later_ones(n: int) -> None:
    """A causal output stays what it is, whatever comes later."""
    pattern = SparseAttentionConfig(8, 4, global_tokens=(0, 20))
    case = operands(np.random.default_rng(7), n, 4, 2, 8)
    before = computed(case, pattern)
    for token in (13, 20, n - 2):
        changed = tuple(np.concatenate([x[: token + 1], 1 - x[token + 1 :]]) for x in case)
        after = computed(changed, pattern)
        leaks = np.flatnonzero(np.abs(after - before).max(axis=(1, 2))[: token + 1] > 1e-9)
        assert not len(leaks), f"token {leaks[0]} knows what comes after token {token}"
