"""The sparse kernel beside PyTorch's own dense attention: a source of `hil bench`."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from harness.sensing.benchmark.results import Plan, Result, ratios
from harness.sensing.benchmark.timing import timed_curves
from harness.sensing.figure import Figure
from kernels_ref.classifier import AETHER_PATTERN
from training.attention import sparse_attention

LENGTHS = (256, 1024, 4096)
TARGETS = {1024: 1.0, 4096: 1.0}
Q_HEADS, KV_HEADS, HEAD_DIM = 4, 1, 32
DENSE = "scaled_dot_product_attention"

_HOW = (
    f"The default shape, {Q_HEADS} query heads on {KV_HEADS} of {HEAD_DIM}, causal, one sequence in"
    f" float32, one thread: sparse (W={AETHER_PATTERN.window}, B={AETHER_PATTERN.block_size})"
    f" against PyTorch {torch.__version__}'s {DENSE}. Medians of interleaved runs; backward is with"
    " forward"
)


def measure(plan: Plan) -> Result:
    """Times both, forward alone and with the gradients of queries, keys and values."""
    torch.set_num_threads(1)
    ways = {
        (name, n): way for n in plan.lengths(LENGTHS) for name, way in _ways(_operands(n)).items()
    }
    curves = timed_curves(ways, plan.rounds)
    figures: list[Figure] = []
    for suffix in ("forward", "forward and backward"):
        dense, sparse = curves[f"dense, {suffix}"], curves[f"sparse, {suffix}"]
        figures += ratios(f"sparse over dense, {suffix}", dense, sparse, TARGETS)
    return Result("training", _HOW, tuple(curves.values()), tuple(figures))


def _operands(n: int) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(n)
    q, k, v = (
        torch.randn(1, n, heads, HEAD_DIM, generator=generator, requires_grad=True)
        for heads in (Q_HEADS, KV_HEADS, KV_HEADS)
    )
    return q, k, v


def _ways(operands: tuple[Tensor, Tensor, Tensor]) -> dict[str, Callable[[], object]]:
    def sparse() -> Tensor:
        return sparse_attention(*operands, AETHER_PATTERN)

    def dense() -> Tensor:
        q, k, v = (x.transpose(1, 2) for x in operands)
        return functional.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)

    def with_gradients(forward: Callable[[], Tensor]) -> Callable[[], object]:
        def both() -> object:
            out = forward()
            return torch.autograd.grad(out, operands, torch.ones_like(out))

        return both

    return {
        "sparse, forward": sparse,
        "dense, forward": dense,
        "sparse, forward and backward": with_gradients(sparse),
        "dense, forward and backward": with_gradients(dense),
    }
