"""What attention refuses, and what the refusal says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from kernels_ref import (
    InvalidConfig,
    NonFinite,
    ShapeMismatch,
    SparseAttentionConfig,
    TemporalError,
    UnsupportedDtype,
    dense_attention,
    edges,
    sparse_attention,
)
from tests.oracle.draws import operands

CONFIG = SparseAttentionConfig(4, 8)


def sparse(q: Any, k: Any, v: Any) -> Any:
    return sparse_attention(q, k, v, CONFIG)


ATTENTIONS = pytest.mark.parametrize("attention", [sparse, dense_attention])


@pytest.mark.parametrize(
    ("field", "arguments"),
    [
        ("window", {"window": -1}),
        ("window", {"window": 1.5}),
        ("window", {"window": True}),
        ("block_size", {"block_size": 0}),
        ("block_size", {"block_size": -8}),
        ("global_tokens", {"global_tokens": (0, -1)}),
        ("global_tokens", {"global_tokens": (0.5,)}),
    ],
)
def test_impossible_patterns(field: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidConfig, match=field) as caught:
        SparseAttentionConfig(**{"window": 4, "block_size": 8} | arguments)
    assert caught.value.field == field
    assert str(caught.value.value) in str(caught.value)
    assert isinstance(caught.value, TemporalError)


def test_edges_of_a_negative_length() -> None:
    with pytest.raises(InvalidConfig, match="n is -1"):
        edges(-1, CONFIG)


@ATTENTIONS
@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("q", [(5, 2), (5, 2, 3), (5, 2, 3)]),
        ("k", [(5, 2, 3), (5, 2, 3, 1), (5, 2, 3)]),
        ("k", [(5, 2, 3), (4, 2, 3), (4, 2, 3)]),
        ("v", [(5, 2, 3), (5, 2, 3), (4, 2, 3)]),
        ("k", [(5, 2, 3), (5, 2, 4), (5, 2, 4)]),
        ("v", [(5, 2, 3), (5, 2, 3), (5, 2, 4)]),
        ("v", [(5, 2, 3), (5, 2, 3), (5, 1, 3)]),
        ("q", [(5, 3, 3), (5, 2, 3), (5, 2, 3)]),
        ("q", [(5, 1, 3), (5, 2, 3), (5, 2, 3)]),
        ("q", [(5, 2, 0), (5, 2, 0), (5, 2, 0)]),
        ("q", [(5, 0, 3), (5, 2, 3), (5, 2, 3)]),
        ("k", [(5, 2, 3), (5, 0, 3), (5, 0, 3)]),
    ],
)
def test_shapes(attention: Callable[..., Any], name: str, shapes: list[tuple[int, ...]]) -> None:
    arrays = [np.zeros(shape) for shape in shapes]
    with pytest.raises(ShapeMismatch) as caught:
        attention(*arrays)
    assert caught.value.name == name
    assert str(list(caught.value.shape)) in str(caught.value)


@ATTENTIONS
@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_non_finite_elements(attention: Callable[..., Any], position: int, value: float) -> None:
    tensors = operands(20)
    tensors[position][13, 1, 2] = value
    tensors[position][17, 0, 0] = value
    with pytest.raises(NonFinite) as caught:
        attention(*tensors)
    assert caught.value.name == "qkv"[position]
    assert caught.value.index == (13, 1, 2)
    assert f"[13, 1, 2] is {value}" in str(caught.value)


@ATTENTIONS
@pytest.mark.parametrize("dtype", [np.int32, np.complex64, np.bool_])
def test_types(attention: Callable[..., Any], dtype: Any) -> None:
    q, k, v = operands(4)
    with pytest.raises(UnsupportedDtype, match=r"^k has dtype"):
        attention(q, np.ones(k.shape, dtype), v)


def test_dense_has_no_grouped_heads() -> None:
    with pytest.raises(ShapeMismatch, match="dense"):
        dense_attention(*operands(5, 4, 2))
