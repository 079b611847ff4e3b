"""What the sparse kernel costs: memory over the number of tokens, and its benchmark."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from harness.bench.results import Plan
from kernels_ref.pattern import SparseAttentionConfig, edges
from training import speed
from training.candidates import plan_of

ROOT = Path(__file__).parents[2]

PEAKS = """
import json, resource, sys
import torch
from kernels_ref.pattern import SparseAttentionConfig
from training.attention import sparse_attention
torch.set_num_threads(1)

def peak(n):
    q, k, v = (torch.zeros(1, n, heads, 8).requires_grad_() for heads in (2, 1, 1))
    sparse_attention(q, k, v, SparseAttentionConfig(32, 16)).sum().backward()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

print(json.dumps([peak(n) for n in (1 << 15, 1 << 16, 1 << 17)]))
"""


def test_memory_grows_with_the_tokens_and_not_with_their_square() -> None:
    pytest.importorskip("resource", reason="only POSIX tells a process how much it took")
    done = subprocess.run(
        [sys.executable, "-c", PEAKS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    small, medium, large = json.loads(done.stdout)
    # Another 65,536 tokens take twice what another 32,768 take; were it by the square, four times.
    assert 1.3 < (large - medium) / (medium - small) < 3, (small, medium, large)


@pytest.mark.parametrize("n", [256, 1024, 4096])
def test_little_is_computed_that_no_token_sees(n: int) -> None:
    """Scores that are formed, over candidates that there are: a window's tile is half full."""
    pattern = SparseAttentionConfig(32, 16)
    formed = plan_of(n, pattern, torch.float32).scores_of_a_head
    assert 1 <= formed / edges(n, pattern) <= 2


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
