"""Which tokens a token sees: with equal scores and one-hot values the output is the weights."""

from __future__ import annotations

import numpy as np
import pytest

from harness.sensing.compare.budget import attention_budget
from harness.sensing.compare.explain import explain_uniform
from harness.sensing.node import SensingNode
from hil_tests.support.attention_case import AttentionCase
from hil_tests.support.inputs import one_hot
from hil_tests.support.judge import Judge

pytestmark = pytest.mark.needs("head")

N = 40


def cases() -> list[AttentionCase]:
    """One hot of N tokens needs head_dim N; one query head is enough but for the last case."""
    plain = {"n": N, "heads": (1, 1), "d": N, "inputs": "one_hot_values"}
    return [
        AttentionCase(**plain, window=4, landmarks=False, log_stride=False, globals_=()),
        AttentionCase(**plain, window=4, landmarks=False, log_stride=False, globals_=(0, 9)),
        AttentionCase(**plain, window=0, landmarks=False, globals_=()),
        AttentionCase(**plain, window=3, landmarks=False),
        AttentionCase(**plain, window=3, log_stride=False, block=6),
        AttentionCase(**plain, window=4, block=8),
        AttentionCase(**plain, window=1, block=1),
        AttentionCase(**plain, window=2, block=7, causal=False),
        AttentionCase(**plain, window=0, block=6, causal=False, log_stride=False, globals_=()),
        AttentionCase(**plain | {"heads": (2, 1)}, window=3, block=4),
        AttentionCase(**plain | {"heads": (2, 2)}, window=3, block=4),
    ]


@pytest.mark.parametrize("case", cases(), ids=str)
def test_a_token_sees_exactly_its_candidates(
    node: SensingNode, judge: Judge, case: AttentionCase
) -> None:
    q, k, v = one_hot(N, *case.heads, case.d, first=0)
    seen = node.attention(q, k, v, case.config).out
    judge.within(
        f"candidate weights {case}",
        ("token", "head", "seen token"),
        seen,
        case.truth((q, k, v)),
        attention_budget(v),
        lambda: explain_uniform(seen, case.config),
    )


@pytest.mark.parametrize("case", cases()[5:7], ids=str)
def test_a_streamed_token_sees_exactly_its_candidates(
    node: SensingNode, judge: Judge, case: AttentionCase
) -> None:
    q, k, v = one_hot(N, *case.heads, case.d, first=0)
    with node.stream(case.config, *case.heads, case.d, capacity=N, dtype=np.float32) as stream:
        seen = stream.steps(q, k, v)
    judge.within(
        f"streamed candidate weights {case}",
        ("token", "head", "seen token"),
        seen,
        case.truth((q, k, v)),
        attention_budget(v),
        lambda: explain_uniform(seen, case.config),
    )


@pytest.mark.parametrize("heads", [(4, 1), (4, 2), (6, 2), (6, 3), (3, 3)], ids=str)
def test_a_query_head_reads_the_values_of_its_group(
    node: SensingNode, heads: tuple[int, int]
) -> None:
    """v of key/value head g is g + 1 everywhere: the output says which head was read."""
    q = np.zeros((9, heads[0], 3), np.float32)
    k = np.zeros((9, heads[1], 3), np.float32)
    v = np.broadcast_to(np.arange(1, heads[1] + 1, dtype=np.float32)[:, None], k.shape).copy()
    out = node.attention(q, k, v, AttentionCase(window=4).config).out
    read = np.rint(out[-1, :, 0]).astype(int) - 1
    expected = np.arange(heads[0]) // (heads[0] // heads[1])
    assert read.tolist() == expected.tolist(), _heads("value", read, expected)


@pytest.mark.parametrize("heads", [(4, 2), (6, 2), (6, 3)], ids=str)
def test_a_query_head_scores_the_keys_of_its_group(
    node: SensingNode, heads: tuple[int, int]
) -> None:
    """Key head g makes token g win outright, and v says which token won."""
    n = heads[1] + 1
    q = np.full((n, heads[0], 1), 100.0, np.float32)
    k = np.zeros((n, heads[1], 1), np.float32)
    for g in range(heads[1]):
        k[g, g] = 10.0
    v = np.broadcast_to(np.arange(n, dtype=np.float32)[:, None, None], k.shape).copy()
    case = AttentionCase(window=n, landmarks=False)
    out = node.attention(q, k, v, case.config).out
    read = np.rint(out[-1, :, 0]).astype(int)
    expected = np.arange(heads[0]) // (heads[0] // heads[1])
    assert read.tolist() == expected.tolist(), _heads("key", read, expected)


def _heads(what: str, read: np.ndarray, expected: np.ndarray) -> str:
    h = int(np.flatnonzero(read != expected)[0])
    group = len(expected) // (int(expected[-1]) + 1)
    by_modulo = np.arange(len(expected)) % (int(expected[-1]) + 1)
    said = (
        f"GQA: query head {h} reads {what} head {read[h]}, expected {expected[h]} = {h} // {group}"
    )
    if np.array_equal(read, by_modulo):
        said += f"; heads are mapped h % {int(expected[-1]) + 1} instead of h // {group}"
    return said
