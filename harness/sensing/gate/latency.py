"""The firmware's kernel on this machine: naive dense against sparse attention over a window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from harness.sensing.benchmark.timing import calls_for, interleaved_runs, processor_clock
from harness.sensing.gate.figures import Interval, interval
from harness.sensing.kernel_library import KernelLibrary, open_library
from harness.sensing.structs.kernel import Kernel
from kernels_ref.classifier import AETHER_PATTERN

HEADS, KV_HEADS, HEAD_DIM = 4, 1, 32
ROUNDS = 40


@dataclass(frozen=True)
class Latency:
    """Milliseconds of one call of attention; ratios with intervals over rounds."""

    window: int
    dense_ms: float
    sparse_ms: float
    plain_ms: float
    fast: Interval
    plain: Interval


def measure_latency(window: int, rounds: int = ROUNDS) -> Latency:
    """Attention of the default head over a full window: naive dense and both sparse kernels in
    turn, in processor time. Raises BenchError where the library cannot be built."""
    ways = _ways(open_library(), window, np.random.default_rng(window))
    timed = {name: (way, calls_for(way)) for name, way in ways.items()}
    runs = interleaved_runs(timed, rounds, processor_clock())
    each = {name: np.array(seconds).reshape(-1, 1) for name, seconds in runs.items()}
    median = {name: float(np.median(seconds)) * 1e3 for name, seconds in each.items()}
    return Latency(
        window,
        median["dense"],
        median["fast"],
        median["plain"],
        interval(_ratio, each["dense"], each["fast"]),
        interval(_ratio, each["dense"], each["plain"]),
    )


def _ways(
    library: KernelLibrary, window: int, rng: np.random.Generator
) -> dict[str, Callable[[], object]]:
    def draw(heads: int) -> np.ndarray:
        return rng.standard_normal((window, heads, HEAD_DIM)).astype(np.float32)

    q, k, v = draw(HEADS), draw(KV_HEADS), draw(KV_HEADS)
    wide = [np.repeat(x, HEADS // KV_HEADS, axis=1) for x in (k, v)]
    return {
        "dense": library.dense(q, *wide),
        "fast": library.prepared(q, k, v, AETHER_PATTERN, Kernel.FAST),
        "plain": library.prepared(q, k, v, AETHER_PATTERN, Kernel.PLAIN),
    }


def _ratio(dense: np.ndarray, sparse: np.ndarray) -> float:
    return float(np.median(dense) / np.median(sparse))
