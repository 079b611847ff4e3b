"""What a stream refuses, and that a refused step leaves the cache as it was; eviction."""

from __future__ import annotations

import numpy as np
import pytest

from harness.sensing.node import SensingNode
from hil_tests.support.attention_case import AttentionCase
from hil_tests.support.judge import Judge
from hil_tests.support.refusal import refused
from kernels_ref import KvCache

pytestmark = pytest.mark.needs("head")

CASE = AttentionCase(n=24, heads=(4, 2), d=8, window=4, block=4, globals_=(0, 3), inputs="bounded")
ESP_ERR_NO_MEM = 0x101
ESP_ERR_INVALID_ARG = 0x102
DTYPES = [np.float32, np.float16]
DTYPE_IDS = ["float32", "float16"]


@pytest.mark.parametrize("dtype", DTYPES, ids=DTYPE_IDS)
def test_a_full_cache_refuses_and_is_unchanged(node: SensingNode, dtype: type) -> None:
    q, k, v = CASE.tensors()
    with node.stream(CASE.config, *CASE.heads, CASE.d, capacity=20, dtype=dtype) as stream:
        stream.steps(q[:20], k[:20], v[:20])
        full = stream.step_result
        stream.steps(q[20:], k[20:], v[20:])
        beyond = stream.step_result
    assert (full.done, full.error, full.cache_len) == (20, 0, 20)
    assert (beyond.done, beyond.error, beyond.cache_len) == (0, ESP_ERR_NO_MEM, 20), (
        f"a full cache of 20 took {beyond.done} more steps (error {beyond.error:#x}), expected"
        " ESP_ERR_NO_MEM"
    )
    assert beyond.cache_crc == full.cache_crc, "the full cache was changed by a refused step"


def test_steps_stop_at_the_one_that_does_not_fit(node: SensingNode) -> None:
    q, k, v = CASE.tensors()
    with node.stream(CASE.config, *CASE.heads, CASE.d, capacity=20, dtype=np.float32) as stream:
        stream.steps(q, k, v)
        result = stream.step_result
    assert (result.done, result.error, result.cache_len) == (20, ESP_ERR_NO_MEM, 20)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf], ids=["nan", "inf", "-inf"])
@pytest.mark.parametrize("tensor", [0, 1, 2], ids=["q", "k", "v"])
def test_a_value_that_is_not_finite_changes_nothing(
    node: SensingNode, judge: Judge, tensor: int, value: float
) -> None:
    tensors = CASE.tensors()
    broken = [x[10:11].copy() for x in tensors]
    broken[tensor][0, -1, -1] = value
    with node.stream(CASE.config, *CASE.heads, CASE.d, CASE.n, np.float32) as stream:
        first = stream.steps(*(x[:10] for x in tensors))
        before = stream.step_result
        stream.steps(*broken)
        after = stream.step_result
        rest = stream.steps(*(x[10:] for x in tensors))
    assert (after.done, after.error) == (0, ESP_ERR_INVALID_ARG)
    assert (after.cache_len, after.cache_crc) == (before.cache_len, before.cache_crc)
    judge.attention(CASE, tensors, np.concatenate([first, rest]), what="stream around a refusal")


@pytest.mark.parametrize("tensor", [1, 2], ids=["k", "v"])
def test_a_half_cache_refuses_what_half_cannot_hold(node: SensingNode, tensor: int) -> None:
    fits = [x[:1].copy() for x in CASE.tensors()]
    fits[tensor][0, 0, 0] = 65504.0
    beyond = [x.copy() for x in fits]
    beyond[tensor][0, 0, 0] = 65520.0
    with node.stream(CASE.config, *CASE.heads, CASE.d, CASE.n, np.float16) as stream:
        stream.steps(*fits)
        before = stream.step_result
        stream.steps(*beyond)
        after = stream.step_result
    assert before.error == 0
    assert (after.done, after.error) == (0, ESP_ERR_INVALID_ARG)
    assert after.cache_crc == before.cache_crc


def test_a_configuration_that_is_not_causal_has_no_stream(node: SensingNode) -> None:
    config = AttentionCase(causal=False).config
    with refused("ESP_ERR_NOT_SUPPORTED"), node.stream(config, 2, 1, 4, 8, np.float32):
        pass


def test_reset_forgets_every_token(node: SensingNode, judge: Judge) -> None:
    tensors = CASE.tensors()
    with node.stream(CASE.config, *CASE.heads, CASE.d, CASE.n, np.float32) as stream:
        first = stream.steps(*tensors)
        stream.reset()
        again = stream.steps(*tensors)
        assert stream.step_result.cache_len == CASE.n
    judge.same("stream after reset", ("token", "head", "dim"), first, again)


@pytest.mark.parametrize("dtype", DTYPES, ids=DTYPE_IDS)
def test_eviction_drops_the_token_the_oracle_drops(node: SensingNode, dtype: type) -> None:
    """A cache of 18 takes 40 tokens; in the end it is, bit for bit, one that was given the rest."""
    case = AttentionCase(
        n=40, heads=(4, 2), d=8, window=4, block=4, globals_=(0, 3), inputs="bounded", seed=5
    )
    q, k, v = case.tensors()
    scores = np.random.default_rng(5).integers(0, 6, (40, 18)).astype(np.float32)
    cache = KvCache(18, case.heads[1], case.d, case.block, dtype=np.float64)
    cache.extend(k[:18].astype(np.float64), v[:18].astype(np.float64))
    kept, evicted, expected = list(range(18)), [], []
    with node.stream(case.config, *case.heads, case.d, 18, dtype) as stream:
        stream.steps(q[:18], k[:18], v[:18])
        for i in range(18, 40):
            result = stream.evict(k[i : i + 1], v[i : i + 1], scores[i])
            evicted.append(result.evicted)
            wide = (x[i : i + 1].astype(np.float64) for x in (k, v))
            expected.append(cache.evict_and_append(*wide, scores[i], case.config))
            kept.pop(evicted[-1])
            kept.append(i)
    assert evicted == expected
    with node.stream(case.config, *case.heads, case.d, 18, dtype) as stream:
        stream.steps(q[kept], k[kept], v[kept])
        assert stream.step_result.cache_crc == result.cache_crc, "the rebuilt cache differs"


@pytest.mark.parametrize("value", [np.nan, np.inf], ids=["nan", "inf"])
def test_a_score_that_is_not_finite_evicts_nothing(node: SensingNode, value: float) -> None:
    q, k, v = CASE.tensors()
    scores = np.ones(20, np.float32)
    scores[7] = value
    with node.stream(CASE.config, *CASE.heads, CASE.d, 20, np.float32) as stream:
        stream.steps(q[:20], k[:20], v[:20])
        before = stream.step_result
        with refused("ESP_ERR_INVALID_ARG"):
            stream.evict(k[20:21], v[20:21], scores)
        stream.steps(q[20:21], k[20:21], v[20:21])
    assert stream.step_result.cache_crc == before.cache_crc
