"""Streaming: one token at a time gives, at every position, what the whole sequence gives."""

from __future__ import annotations

import numpy as np
import pytest

from harness.compare import Budget, Term
from harness.sensing.node import SensingNode
from hil_tests.support.attention_case import AttentionCase
from hil_tests.support.judge import ATTENTION_AXES, Judge

pytestmark = pytest.mark.needs("head")

CASES = [
    AttentionCase(n=66, inputs="bounded"),
    AttentionCase(n=33, heads=(4, 4), inputs="bounded"),
    AttentionCase(n=129, heads=(4, 2), d=4, inputs="bounded"),
    AttentionCase(n=66, window=0, block=1, inputs="bounded"),
    AttentionCase(n=66, window=2**32 - 1, block=3, inputs="bounded"),
    AttentionCase(n=66, window=3, block=71, inputs="bounded"),
    AttentionCase(n=66, window=3, log_stride=False, inputs="bounded"),
    AttentionCase(n=66, window=3, landmarks=False, globals_=(1, 40), inputs="bounded"),
    AttentionCase(n=50, heads=(4, 1), d=32, window=32, block=16, inputs="bounded"),
    AttentionCase(n=512, d=1, window=16, block=8, inputs="bounded"),
    AttentionCase(n=40, inputs="winner_takes_all"),
    AttentionCase(n=40, inputs="far_ends"),
    AttentionCase(n=64, heads=(2, 2), d=16, window=16, block=32, inputs="published", seed=0),
]
HALF_CASES = [*CASES[:5], *CASES[8:]]
HALF_MAX = 65504.0


@pytest.mark.parametrize(
    ("case", "dtype"),
    [
        pytest.param(case, dtype, id=f"{case}-{np.dtype(dtype)}")
        for dtype, cases in ((np.float32, CASES), (np.float16, HALF_CASES))
        for case in cases
    ],
)
@pytest.mark.needs("memory", 160 * 1024)
def test_a_step_equals_the_oracle_at_every_position(
    node: SensingNode, judge: Judge, case: AttentionCase, dtype: type
) -> None:
    """A float16 cache holds rounded keys and values; so does what the oracle is given."""
    q, k, v = case.tensors()
    if dtype is np.float16:
        k, v = (np.clip(x, -HALF_MAX, HALF_MAX) for x in (k, v))
    with node.stream(case.config, *case.heads, case.d, capacity=case.n, dtype=dtype) as stream:
        out = stream.steps(q, k, v)
    held = (q, k.astype(dtype).astype(np.float32), v.astype(dtype).astype(np.float32))
    judge.attention(case, held, out, what="streamed attention")


@pytest.mark.parametrize("case", [*CASES[:6], CASES[9]], ids=str)
@pytest.mark.needs("memory", 160 * 1024)
def test_a_step_equals_the_device_s_own_prefill(
    node: SensingNode, judge: Judge, case: AttentionCase
) -> None:
    """Values lie in [-1, 1]; the two may differ by 1e-6 at any position."""
    tensors = case.tensors()
    whole = node.attention(*tensors, case.config).out
    with node.stream(case.config, *case.heads, case.d, case.n, np.float32) as stream:
        steps = stream.steps(*tensors)
    reason = "step and forward are one function, summed in another order"
    budget = Budget((Term("1e-6", np.asarray(1e-6), reason),))
    judge.within(f"step against forward {case}", ATTENTION_AXES, steps, whole, budget)
