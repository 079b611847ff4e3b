"""The temporal head: its default shape, its backends, and its checks on a whole window."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kernels_ref import (
    AetherTemporalHead,
    Backend,
    InvalidConfig,
    NonFinite,
    ShapeMismatch,
    SparseAttentionConfig,
    TemporalHeadConfig,
    dense_attention,
    sparse_attention,
)
from tests.oracle.draws import operands

CONFIG = SparseAttentionConfig(4, 8)


def test_default_shape() -> None:
    config = TemporalHeadConfig.default_aether()
    assert AetherTemporalHead.default_aether().config == config
    assert (config.q_heads, config.kv_heads, config.head_dim) == (4, 1, 32)
    assert config.backend is Backend.SPARSE
    assert config.attention == SparseAttentionConfig(
        window=32,
        block_size=16,
        global_tokens=(0,),
        causal=True,
        use_log_stride=True,
        use_landmarks=True,
    )


def test_forward_is_the_backends_attention() -> None:
    q, k, v = operands(40, 2, 2, 3)
    sparse = AetherTemporalHead(TemporalHeadConfig(2, 2, 3, CONFIG))
    np.testing.assert_array_equal(sparse.forward(q, k, v), sparse_attention(q, k, v, CONFIG))
    for causal in (True, False):
        pattern = SparseAttentionConfig(4, 8, causal=causal)
        dense = AetherTemporalHead(TemporalHeadConfig(2, 2, 3, pattern, Backend.DENSE))
        np.testing.assert_array_equal(dense.forward(q, k, v), dense_attention(q, k, v, causal))


@pytest.mark.parametrize(
    ("name", "shape"),
    [("q", (4, 1, 3)), ("q", (8, 2, 3)), ("k", (4, 4, 3)), ("q", (4, 2, 5))],
)
def test_tensors_of_another_head_are_refused(name: str, shape: tuple[int, int, int]) -> None:
    head = AetherTemporalHead(TemporalHeadConfig(4, 2, 3, CONFIG))
    q_heads, kv_heads, d = shape
    kv_heads = 1 if (name, q_heads, kv_heads) == ("k", 4, 1) else kv_heads
    with pytest.raises(ShapeMismatch, match="to match the head"):
        head.forward(*operands(6, q_heads, kv_heads, d))


def test_non_finite_input_is_refused() -> None:
    q, k, v = operands(6, 4, 2, 3)
    v[5, 1, 1] = np.nan
    with pytest.raises(NonFinite, match=r"v\[5, 1, 1\]"):
        AetherTemporalHead(TemporalHeadConfig(4, 2, 3, CONFIG)).forward(q, k, v)


@pytest.mark.parametrize(
    ("field", "arguments"),
    [
        ("q_heads", {"q_heads": 0}),
        ("kv_heads", {"kv_heads": 0}),
        ("head_dim", {"head_dim": 0}),
        ("q_heads", {"q_heads": 3}),
        ("kv_heads", {"backend": Backend.DENSE}),
    ],
)
def test_impossible_heads(field: str, arguments: dict[str, Any]) -> None:
    shape = {"q_heads": 4, "kv_heads": 2, "head_dim": 3, "attention": CONFIG}
    with pytest.raises(InvalidConfig, match=field):
        TemporalHeadConfig(**shape | arguments)
