"""What the sparse kernel costs: memory over the number of tokens, and its benchmark."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from harness.sensing.benchmark.results import Plan
from kernels_ref.pattern import SparseAttentionConfig, edges
from training import candidates, speed
from training.attention import sparse_attention
from training.candidates import plan_of

PATTERN = SparseAttentionConfig(32, 16)


class Made(TorchDispatchMode):
    """Counts the values of all memory that any step takes: no peak can be above their sum."""

    def __init__(self) -> None:
        super().__init__()
        self.values = 0

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Called for every step, those of the gradient among them."""
        out = function(*args, **(kwargs or {}))
        given = {storage(x) for x in tree_leaves((args, kwargs)) if isinstance(x, torch.Tensor)}
        for made in tree_leaves(out):
            if isinstance(made, torch.Tensor) and storage(made) not in given:
                self.values += made.numel()
        return out


def storage(x: torch.Tensor) -> int:
    """Where its memory begins: that of a view is the tensor's that it shows."""
    return x.untyped_storage().data_ptr()


def values_made(n: int) -> int:
    """By a pass forward and backward over `n` tokens, plan and scratch memory included."""
    plan_of.cache_clear()
    candidates.SCRATCH.clear()
    q, k, v = (torch.ones(2, n, heads, 8, requires_grad=True) for heads in (2, 1, 1))
    with Made() as made:
        sparse_attention(q, k, v, PATTERN).sum().backward()
    assert q.grad.abs().sum() >= 0
    return made.values


def test_memory_grows_with_the_tokens_and_not_with_their_square(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """B * T * (W + log T): four times the tokens take four times as much and a little for log T,
    even where all scores are formed at once; and no more where they are formed in parts."""
    monkeypatch.setattr(candidates, "SCORES_AT_A_TIME", 1 << 40)
    made = {n: values_made(n) for n in (512, 2048, 8192)}
    assert made[512] > 512 * 2 * 2 * 64
    for n in (2048, 8192):
        assert 3.9 < made[n] / made[n // 4] < 4.5, made
    monkeypatch.undo()
    assert values_made(8192) < made[8192]


@pytest.mark.parametrize("n", [256, 1024, 4096])
def test_little_is_computed_that_no_token_sees(n: int) -> None:
    """Scores that are formed, over candidates that there are: a window's tile is half full."""
    formed = plan_of(n, PATTERN, 4, torch.float32).scores_of_a_head
    assert 1 <= formed / edges(n, PATTERN) <= 2


def test_the_benchmark_measures_both_ways_at_every_length() -> None:
    result = speed.measure(Plan(longest=1024, rounds=1))
    assert {curve.name for curve in result.curves} == {
        f"{way}, {what}"
        for way in ("sparse", "dense")
        for what in ("forward", "forward and backward")
    }
    assert all(set(curve.points) == {256, 1024} for curve in result.curves)
    known = {figure.name: figure.value for figure in result.measured}
    assert len(known) == 4
    for what in ("forward", "forward and backward"):
        assert known[f"sparse over dense, {what}, N=4,096"] is None
        ratio = known[f"sparse over dense, {what}, N=1,024"]
        assert ratio is not None and ratio > 0
