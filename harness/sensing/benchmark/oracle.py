"""The numpy oracle by the clock and by memory: sparse against dense, over the sequence's length."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.cli.console import say
from harness.sensing.benchmark.results import Curve, Plan, Result, ratios
from harness.sensing.benchmark.speed import CONFIG, HEAD_DIM, HEADS, naive_dense, operands
from harness.sensing.benchmark.timing import timed_curves
from harness.sensing.figure import Figure
from kernels_ref import dense_attention, sparse_attention

SPARSE_LENGTHS = (64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536)
DENSE_LENGTHS = (64, 128, 256, 512, 1024, 2048, 4096, 8192)
NAIVE_LENGTHS = (64, 128, 256, 512, 1024, 2048, 8192)
MEMORY_LENGTHS = (1024, 2048, 4096, 8192, 16384, 32768, 65536)
FIT_FROM = 1024
TARGETS = {1024: 3.0, 8192: 30.0}
MEMORY_GROWTH = 1.1

Array = npt.NDArray[Any]


def measure(plan: Plan) -> Result:
    """Curves of both precisions, the ratios with their targets, and the peak of memory."""
    say("oracle: times, a minute or two")
    times = timed_curves(dict(_ways(plan)), plan.rounds, FIT_FROM)
    # By itself: what it allocates would be felt by what is timed after it.
    times |= timed_curves(dict(_naive_ways(plan)), plan.rounds, FIT_FROM)
    say("oracle: memory")
    memory = [_memory(dtype, plan) for dtype in (np.float32, np.float64)]
    curves = [*times.values(), *(curve for curve in memory if curve.points)]
    return Result("oracle", _how(), tuple(curves), tuple(_figures(times, memory)))


def _how() -> str:
    return (
        f"numpy, one thread for linear algebra on both sides; {HEADS} heads, d={HEAD_DIM}, "
        f"W={CONFIG.window}, B={CONFIG.block_size}, causal. Medians of interleaved runs, in "
        "processor time. Dense is batched products and a softmax over runs of rows that fit a "
        "processor's cache, later keys left out; naive dense is what one writes first: all N x N "
        "scores of a head, a mask, a softmax. "
        "Memory is the peak that a call allocates, its result included"
    )


def _ways(plan: Plan) -> Iterator[tuple[tuple[str, int], Callable[[], object]]]:
    for n in plan.lengths(SPARSE_LENGTHS):
        for dtype in (np.float32, np.float64):
            qkv = operands(n, dtype=dtype)
            name = np.dtype(dtype).name
            yield (f"sparse, {name}", n), partial(sparse_attention, *qkv, CONFIG)
            if n in DENSE_LENGTHS:
                yield (f"dense, {name}", n), partial(dense_attention, *qkv)


def _naive_ways(plan: Plan) -> Iterator[tuple[tuple[str, int], Callable[[], object]]]:
    for n in plan.lengths(NAIVE_LENGTHS):
        for dtype in (np.float32, np.float64):
            name = f"naive dense, {np.dtype(dtype).name}"
            yield (name, n), partial(naive_dense, *operands(n, dtype=dtype))


def _memory(dtype: type, plan: Plan) -> Curve:
    points = {}
    for n in plan.lengths(MEMORY_LENGTHS):
        qkv = operands(n, dtype=dtype)
        tracemalloc.start()
        try:
            sparse_attention(*qkv, CONFIG)
            points[n] = float(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    return Curve(f"sparse, {np.dtype(dtype).name}", "B", points, FIT_FROM)


def _figures(times: dict[str, Curve], memory: list[Curve]) -> Iterator[Figure]:
    for precision, curve in zip(("float32", "float64"), memory, strict=True):
        sparse = times[f"sparse, {precision}"]
        for dense in ("naive dense", "dense"):
            name, over = f"sparse over {dense}, {precision}", times[f"{dense}, {precision}"]
            yield from ratios(name, over, sparse, TARGETS)
        longest = SPARSE_LENGTHS[-1]
        yield Figure(f"time, {precision}, N={longest:,}", sparse.points.get(longest), unit="s")
        yield Figure(
            f"peak memory, {precision}, N={longest:,}", curve.points.get(longest), unit="B"
        )
        name = f"growth of peak memory, {precision}"
        yield Figure(name, curve.growth, MEMORY_GROWTH, at_least=False)
