"""The aggregator: shapes, gradients, batches, streaming, and the oracle's numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kernels_ref.errors import (
    BackendDoesNotSupportStreaming,
    BeyondRange,
    CacheFull,
    InvalidConfig,
    NonFinite,
    ShapeMismatch,
    TemporalError,
)
from kernels_ref.head import Backend
from kernels_ref.pattern import SparseAttentionConfig
from kernels_ref.sparse import sparse_attention as oracle
from training.aggregator import AetherTemporalAggregator

EVERYWHERE = 1e-6
"""Of the oracle in float64, in float32, at every position."""

PATTERNS = {
    "default": SparseAttentionConfig(32, 16),
    "narrow": SparseAttentionConfig(3, 4, global_tokens=(0, 5)),
    "no window": SparseAttentionConfig(0, 5),
    "window only": SparseAttentionConfig(7, 4, (), use_log_stride=False, use_landmarks=False),
    "window beyond the sequence": SparseAttentionConfig(10**9, 16),
}
HEADS = [(4, 1), (4, 2), (3, 3)]


def aggregator(
    pattern: SparseAttentionConfig,
    heads: tuple[int, int] = (4, 1),
    backend: Backend = Backend.SPARSE,
    in_dim: int = 6,
    head_dim: int = 8,
) -> AetherTemporalAggregator:
    """One whose weights are the same on every call."""
    torch.manual_seed(11)
    return AetherTemporalAggregator(in_dim, *heads, head_dim, pattern, backend)


def tokens(*shape: int) -> torch.Tensor:
    """Normal numbers, the same on every call."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(5))


@pytest.mark.parametrize("heads", HEADS)
@pytest.mark.parametrize("name", PATTERNS)
def test_it_is_projections_around_the_oracle(name: str, heads: tuple[int, int]) -> None:
    module = aggregator(PATTERNS[name], heads)
    x = tokens(150, 6)
    wide = x.double().numpy()
    wq, wk, wv, wo = (
        p.weight.detach().double().numpy().T
        for p in (module.q_proj, module.k_proj, module.v_proj, module.o_proj)
    )
    q, k, v = ((wide @ w).reshape(150, -1, 8) for w in (wq, wk, wv))
    expected = oracle(q, k, v, PATTERNS[name]).reshape(150, -1) @ wo
    with torch.no_grad():
        assert np.abs(module(x).numpy() - expected).max() <= EVERYWHERE


@pytest.mark.parametrize("heads", HEADS)
@pytest.mark.parametrize("backend", Backend)
def test_every_weight_and_the_input_have_their_gradient(
    backend: Backend, heads: tuple[int, int]
) -> None:
    module = aggregator(PATTERNS["narrow"], heads, backend, in_dim=3, head_dim=2).double()
    x = tokens(2, 13, 3).double().requires_grad_()
    names = [name for name, _ in module.named_parameters()]

    def function(x: torch.Tensor, *weights: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(module, dict(zip(names, weights, strict=True)), (x,))

    inputs = (x, *module.parameters())
    assert len(inputs) == 5
    assert torch.autograd.gradcheck(function, inputs, fast_mode=True)


@pytest.mark.parametrize("backend", Backend)
def test_a_batch_is_its_sequences_one_by_one(backend: Backend) -> None:
    module = aggregator(PATTERNS["narrow"], backend=backend)
    x = tokens(3, 50, 6)
    with torch.no_grad():
        together = module(x)
        alone = torch.stack([module(sequence) for sequence in x])
    assert together.shape == x.shape
    assert (together - alone).abs().max() <= EVERYWHERE


def test_dense_and_sparse_are_the_same_where_the_window_holds_everything() -> None:
    pattern = SparseAttentionConfig(64, 16, use_landmarks=False)
    x = tokens(2, 60, 6)
    with torch.no_grad():
        sparse, dense = (aggregator(pattern, backend=backend)(x) for backend in Backend)
    assert (sparse - dense).abs().max() <= EVERYWHERE


@pytest.mark.parametrize("heads", HEADS)
@pytest.mark.parametrize("name", PATTERNS)
def test_a_step_is_forward_at_its_place(name: str, heads: tuple[int, int]) -> None:
    module = aggregator(PATTERNS[name], heads)
    x = tokens(2, 150, 6)
    cache = module.make_cache(150, batch=2)
    with torch.no_grad():
        expected = module(x)
    for place in range(150):
        out = module.step(x[:, place], cache)
        assert (out - expected[:, place]).abs().max() <= EVERYWHERE, place
    assert len(cache) == 150


def test_one_sequence_streams_without_a_batch() -> None:
    module = aggregator(PATTERNS["narrow"])
    x = tokens(20, 6)
    cache = module.make_cache(20)
    stepped = torch.stack([module.step(token, cache) for token in x])
    with torch.no_grad():
        assert (stepped - module(x)).abs().max() <= EVERYWHERE


def test_a_float16_cache_rounds_what_it_stores_and_no_more() -> None:
    module = aggregator(PATTERNS["narrow"])
    x = tokens(40, 6)
    cache = module.make_cache(40, dtype=torch.float16)
    stepped = torch.stack([module.step(token, cache) for token in x])
    with torch.no_grad():
        difference = (stepped - module(x)).abs().max()
    assert EVERYWHERE < difference <= 1e-3


def test_a_refused_step_leaves_the_cache_as_it_was() -> None:
    module = aggregator(PATTERNS["narrow"])
    x = tokens(9, 6)
    cache = module.make_cache(8, dtype=torch.float16)
    for token in x[:4]:
        module.step(token, cache)
    refused: list[tuple[torch.Tensor, type[TemporalError]]] = [
        (x[4] * torch.nan, NonFinite),
        (x[4] * 1e7, BeyondRange),
        (x[4:6], ShapeMismatch),
        (x[4, :5], ShapeMismatch),
    ]
    for token, error in refused:
        with pytest.raises(error):
            module.step(token, cache)
        assert len(cache) == 4
    for token in x[4:8]:
        module.step(token, cache)
    with pytest.raises(CacheFull):
        module.step(x[8], cache)
    untouched = module.make_cache(9, dtype=torch.float16)
    for token in x[:8]:
        last = module.step(token, untouched)
    again = module.make_cache(8, dtype=torch.float16)
    for token in x[:8]:
        repeated = module.step(token, again)
    assert torch.equal(last, repeated)


def test_what_cannot_stream_is_refused() -> None:
    cache = aggregator(PATTERNS["narrow"]).make_cache(4)
    both_ways = SparseAttentionConfig(3, 4, causal=False)
    for module in (
        aggregator(PATTERNS["narrow"], backend=Backend.DENSE),
        aggregator(both_ways),
    ):
        with pytest.raises(BackendDoesNotSupportStreaming):
            module.make_cache(4)
        with pytest.raises(BackendDoesNotSupportStreaming):
            module.step(tokens(6), cache)
    with pytest.raises(ShapeMismatch, match="cache"):
        aggregator(PATTERNS["narrow"], (4, 2)).step(tokens(6), cache)
    with pytest.raises(InvalidConfig, match="block_size"):
        aggregator(PATTERNS["no window"]).step(tokens(6), cache)


@pytest.mark.parametrize("shape", [(6,), (2, 3, 4, 6), (5, 7)])
def test_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeMismatch, match=r"^x "):
        aggregator(PATTERNS["narrow"])(tokens(*shape))


def test_heads_that_do_not_divide_are_refused() -> None:
    with pytest.raises(InvalidConfig, match="q_heads"):
        AetherTemporalAggregator(6, 4, 3)


def test_the_same_seed_gives_the_same_weights_and_gradients() -> None:
    def once() -> list[torch.Tensor]:
        module = aggregator(PATTERNS["default"])
        module(tokens(2, 70, 6)).square().sum().backward()
        found: list[torch.Tensor] = []
        for parameter in module.parameters():
            found += [parameter.detach(), parameter.grad]
        return found

    first, second = once(), once()
    assert len(first) == 8
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
