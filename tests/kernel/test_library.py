"""Both kernels, built for this machine, over the suite's whole grid of shapes and inputs."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.compare import Budget, Labels, compare
from harness.sensing.compare.budget import attention_budget, conditioned_attention_budget
from harness.sensing.kernel_library import KernelLibrary
from harness.sensing.structs.kernel import Kernel
from hil_tests.support.attention_case import AttentionCase
from hil_tests.support.inputs import MAKERS
from hil_tests.support.judge import ATTENTION_AXES, HUGE_SCORES
from hil_tests.test_attention import BLOCKS, GLOBALS, HEADS, LENGTHS, WINDOWS, random_case

SHARING = ((4, 1), (2, 1), (2, 2))
"""Query and key/value heads: four, two or one share their keys, and each is tiled differently."""
GRIDS = {
    "lengths": [AttentionCase(n=n, heads=(4, 1), d=8) for n in LENGTHS],
    "heads": [AttentionCase(n=24, heads=heads, d=d) for heads, d in HEADS],
    "widths": [AttentionCase(heads=(5, 1), d=d) for d in range(1, 41)],
    "windows": [
        AttentionCase(n=70, heads=heads, window=w)
        for w in [*WINDOWS, 34, 35, 36]
        for heads in SHARING
    ],
    "blocks": [AttentionCase(n=70, heads=heads, block=b) for b in BLOCKS for heads in SHARING],
    "globals": [
        AttentionCase(globals_=g, causal=c, heads=heads)
        for g in GLOBALS
        for c in (True, False)
        for heads in SHARING
    ],
    "alone": [
        AttentionCase(n=n, heads=heads, d=8, causal=c)
        for n in [*LENGTHS, 300]
        for c in (True, False)
        for heads in ((3, 3), (4, 2))
    ],
    "switches": [
        AttentionCase(n=45, heads=(4, 2), window=5, causal=c, log_stride=s, landmarks=m)
        for c, s, m in itertools.product([True, False], repeat=3)
    ],
    "random": [random_case(seed) for seed in range(100)],
    "inputs": [
        AttentionCase(heads=heads, d=8, inputs=name)
        for name in MAKERS
        for heads in ((1, 1), (4, 1), (4, 2), (6, 2))
    ],
    "default": [
        AttentionCase(n=600, heads=heads, d=32, window=32, block=16)
        for heads in ((4, 1), (4, 2), (4, 4))
    ],
}


@pytest.mark.parametrize("kernel", Kernel, ids=lambda kernel: kernel.name.lower())
@pytest.mark.parametrize("name", GRIDS)
def test_attention_is_the_oracles(library: KernelLibrary, name: str, kernel: Kernel) -> None:
    for case in GRIDS[name]:
        tensors = case.tensors()
        truth, budget = expected(case)
        out = library.attention(*tensors, case.config, kernel)
        compare(out, truth, budget, Labels(str(case), ATTENTION_AXES))


@cache
def expected(case: AttentionCase) -> tuple[NDArray[np.float64], Budget]:
    """The oracle's output and its budget, for both kernels."""
    tensors = case.tensors()
    if case.inputs in HUGE_SCORES:
        budget = conditioned_attention_budget(*tensors, case.config)
    else:
        budget = attention_budget(tensors[2])
    return case.truth(tensors), budget


def test_naive_dense_is_dense(library: KernelLibrary) -> None:
    case = AttentionCase(n=50, heads=(3, 3), d=7, window=50, log_stride=False, landmarks=False)
    tensors = case.tensors()
    out = library.dense(*tensors)()
    labels = Labels("naive dense", ATTENTION_AXES)
    compare(out, case.truth(tensors), attention_budget(tensors[2]), labels)


def test_far_scores_take_the_second_pass(library: KernelLibrary) -> None:
    """Scores 200 powers of two apart, the first one neither the largest nor the smallest."""
    case = AttentionCase(n=40, heads=(4, 1), d=8)
    q, k, v = (np.zeros_like(x) for x in case.tensors())
    v[:] = case.tensors()[2]
    q[..., 0] = np.sqrt(np.float32(8))
    k[:, :, 0] = np.where(np.arange(40) % 3 == 0, 0, np.where(np.arange(40) % 3 == 1, 140, -140))[
        :, None
    ]
    truth = case.truth((q, k, v))
    for kernel in Kernel:
        out = library.attention(q, k, v, case.config, kernel)
        labels = Labels(f"far scores, {kernel.name}", ATTENTION_AXES)
        compare(out, truth, attention_budget(v), labels)
