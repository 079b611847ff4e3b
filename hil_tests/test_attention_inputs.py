"""Attention on inputs chosen to break arithmetic, and on what must be refused."""

from __future__ import annotations

import numpy as np
import pytest

from harness.sensing.node import SensingNode
from harness.sensing.structs.kernel import Kernel
from hil_tests.support.attention_case import AttentionCase
from hil_tests.support.judge import Judge
from hil_tests.support.refusal import refused
from kernels_ref import SparseAttentionConfig, edges

pytestmark = pytest.mark.needs("head")

ADVERSARIAL = [
    AttentionCase(inputs=name, heads=heads, d=8)
    for name in (
        "equal_scores",
        "very_negative",
        "winner_takes_all",
        "large",
        "far_ends",
        "denormal",
        "large_values",
        "far_values",
        "cancelling",
    )
    for heads in ((1, 1), (4, 2))
]
PUBLISHED = [
    AttentionCase(n=32, heads=(4, 4), d=16, window=32, block=32, inputs="published", seed=0),
    AttentionCase(n=256, heads=(1, 1), d=16, window=16, block=32, inputs="published", seed=0),
]


@pytest.mark.parametrize("kernel", Kernel, ids=lambda kernel: kernel.name.lower())
@pytest.mark.parametrize("case", ADVERSARIAL, ids=str)
def test_adversarial_inputs(
    node: SensingNode, judge: Judge, case: AttentionCase, kernel: Kernel
) -> None:
    tensors = case.tensors()
    judge.attention(case, tensors, node.attention(*tensors, case.config, kernel).out)


@pytest.mark.parametrize("case", PUBLISHED, ids=str)
@pytest.mark.needs("memory", 80 * 1024)
def test_published_inputs(node: SensingNode, judge: Judge, case: AttentionCase) -> None:
    tensors = case.tensors()
    judge.attention(case, tensors, node.attention(*tensors, case.config).out)


def test_an_empty_sequence_gives_an_empty_result(node: SensingNode) -> None:
    case = AttentionCase(n=0)
    result = node.attention(*case.tensors(), case.config)
    assert result.out.shape == (0, 2, 4)
    assert result.edges == 0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf], ids=["nan", "inf", "-inf"])
@pytest.mark.parametrize("tensor", ["q", "k", "v"])
def test_input_that_is_not_finite_is_refused(node: SensingNode, tensor: str, value: float) -> None:
    case = AttentionCase(n=20)
    tensors = dict(zip("qkv", case.tensors(), strict=True))
    tensors[tensor][17, 0, 3] = value
    with refused("ESP_ERR_INVALID_ARG"):
        node.attention(tensors["q"], tensors["k"], tensors["v"], case.config)


@pytest.mark.parametrize(
    ("heads", "d", "block", "what"),
    [((3, 2), 4, 4, "ratio"), ((2, 1), 4, 0, "block"), ((2, 1), 0, 4, "dim")],
    ids=["ratio", "block 0", "head_dim 0"],
)
def test_an_impossible_shape_is_refused(
    node: SensingNode, heads: tuple[int, int], d: int, block: int, what: str
) -> None:
    q, kv = np.zeros((6, heads[0], d), np.float32), np.zeros((6, heads[1], d), np.float32)
    config = SparseAttentionConfig(window=4, block_size=4)
    object.__setattr__(config, "block_size", block)  # past the oracle's own check
    with refused("ESP_ERR_INVALID_ARG", "ESP_ERR_INVALID_SIZE", what=what):
        node.attention(q, kv, kv, config)


@pytest.mark.parametrize(
    "case",
    [
        AttentionCase(n=1, d=1),
        AttentionCase(n=100, d=1, window=16, block=8),
        AttentionCase(n=100, d=1, window=16, block=8, causal=False),
        AttentionCase(n=77, d=1, window=0, block=3, globals_=(2, 50)),
        AttentionCase(n=77, d=1, window=1, block=3, globals_=(4, 16, 60), causal=False),
    ],
    ids=str,
)
def test_the_edge_count_is_the_oracles(node: SensingNode, case: AttentionCase) -> None:
    reported = node.attention(*case.tensors(), case.config).edges
    expected = edges(case.n, case.config)
    assert reported == expected, f"the device counts {reported} candidates, the oracle {expected}"
