"""Attention over whole sequences against float64: shapes, windows, blocks, lengths, switches."""

from __future__ import annotations

import itertools
import random

import pytest

from harness.sensing.node import SensingNode
from harness.sensing.structs.kernel import Kernel
from hil_tests.support.attention_case import AttentionCase
from hil_tests.support.judge import Judge

pytestmark = pytest.mark.needs("head")

# Around every boundary there is: W = 8, B = 4, and powers of two.
LENGTHS = [1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129]
LONG = [255, 256, 257, 511, 512, 513, 1023, 1024]
HEADS = [
    ((1, 1), 1),
    ((1, 1), 64),
    ((2, 2), 4),
    ((3, 1), 7),
    ((4, 4), 16),
    ((4, 2), 16),
    ((6, 3), 5),
    ((8, 1), 8),
]
WINDOWS = [0, 1, 2, 31, 32, 33, 69, 70, 71, 2**32 - 1]
BLOCKS = [1, 2, 3, 5, 16, 69, 70, 71, 2**32 - 1]
GLOBALS = [(), (5,), (0, 7, 36), (39, 40, 1000), (3, 3), tuple(range(1, 33, 2))]


BOTH_KERNELS = pytest.mark.parametrize("kernel", Kernel, ids=lambda kernel: kernel.name.lower())


def check(
    node: SensingNode, judge: Judge, case: AttentionCase, kernel: Kernel = Kernel.FAST
) -> None:
    tensors = case.tensors()
    judge.attention(case, tensors, node.attention(*tensors, case.config, kernel).out)


@pytest.mark.parametrize("case", [AttentionCase(n=n) for n in LENGTHS], ids=str)
def test_every_length(node: SensingNode, judge: Judge, case: AttentionCase) -> None:
    check(node, judge, case)


@pytest.mark.parametrize("case", [AttentionCase(n=n, d=2, seed=2) for n in LONG], ids=str)
@pytest.mark.needs("memory", 64 * 1024)
def test_long_sequences(node: SensingNode, judge: Judge, case: AttentionCase) -> None:
    check(node, judge, case)


@BOTH_KERNELS
@pytest.mark.parametrize("case", [AttentionCase(n=24, heads=h, d=d) for h, d in HEADS], ids=str)
def test_every_head_layout(
    node: SensingNode, judge: Judge, case: AttentionCase, kernel: Kernel
) -> None:
    check(node, judge, case, kernel)


@BOTH_KERNELS
def test_the_default_shape(node: SensingNode, judge: Judge, kernel: Kernel) -> None:
    """Over its whole window of 256 it is judged through its logits."""
    check(node, judge, AttentionCase(n=70, heads=(4, 1), d=32, window=32, block=16), kernel)


@BOTH_KERNELS
@pytest.mark.parametrize("case", [AttentionCase(n=70, d=2, window=w) for w in WINDOWS], ids=str)
def test_every_window(node: SensingNode, judge: Judge, case: AttentionCase, kernel: Kernel) -> None:
    check(node, judge, case, kernel)


@pytest.mark.parametrize("case", [AttentionCase(n=70, d=2, block=b) for b in BLOCKS], ids=str)
def test_every_block_size(node: SensingNode, judge: Judge, case: AttentionCase) -> None:
    check(node, judge, case)


@pytest.mark.parametrize(
    "case",
    [
        AttentionCase(n=45, heads=(2, 2), window=5, causal=c, log_stride=s, landmarks=m)
        for c, s, m in itertools.product([True, False], repeat=3)
    ],
    ids=str,
)
@BOTH_KERNELS
def test_every_switch(node: SensingNode, judge: Judge, case: AttentionCase, kernel: Kernel) -> None:
    check(node, judge, case, kernel)


@pytest.mark.parametrize("causal", [True, False], ids=["causal", "both"])
@pytest.mark.parametrize("globals_", GLOBALS, ids=str)
def test_global_tokens(
    node: SensingNode, judge: Judge, globals_: tuple[int, ...], causal: bool
) -> None:
    check(node, judge, AttentionCase(window=3, globals_=globals_, causal=causal))


@pytest.mark.parametrize(
    "case", [AttentionCase(n=n, causal=False, window=3) for n in (1, 2, 4, 5, 33, 64)], ids=str
)
def test_both_directions(node: SensingNode, judge: Judge, case: AttentionCase) -> None:
    check(node, judge, case)


@pytest.mark.parametrize("seed", range(8))
def test_random_shapes(node: SensingNode, judge: Judge, seed: int) -> None:
    check(node, judge, random_case(seed))


def random_case(seed: int) -> AttentionCase:
    """Return a case drawn from `seed` alone."""
    draw = random.Random(seed)
    kv = draw.randint(1, 4)
    return AttentionCase(
        n=draw.randint(1, 90),
        heads=(kv * draw.randint(1, 3), kv),
        d=draw.randint(1, 12),
        window=draw.randint(0, 20),
        block=draw.randint(1, 12),
        causal=draw.random() < 0.6,
        log_stride=draw.random() < 0.7,
        landmarks=draw.random() < 0.7,
        globals_=tuple(draw.sample(range(100), draw.randint(0, 4))),
        seed=seed,
    )
