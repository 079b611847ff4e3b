"""The firmware's kernel on this machine: naive dense against sparse, at the length of a window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from harness.sensing.benchmark.timing import processor_clock
from harness.sensing.gate.bootstrap import Interval, interval
from harness.sensing.kernel_library import KernelLibrary, open_library
from harness.sensing.structs import Kernel
from kernels_ref.classifier import AETHER_PATTERN

HEADS, KV_HEADS, HEAD_DIM = 4, 1, 32
ROUNDS = 40
_LEAST_S = 0.005


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
    """Attention of the default head over a full window: naive dense, and both sparse kernels, in
    turn, in the processor's time. Raises BenchError where the library cannot be built."""
    library = open_library()
    rng = np.random.default_rng(window)
    ways = _ways(library, window, rng)
    clock = processor_clock()
    calls = {name: _calls(way, clock) for name, way in ways.items()}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            seconds[name].append(_timed(way, calls[name], clock))
    each = {name: np.array(runs).reshape(-1, 1) for name, runs in seconds.items()}
    median = {name: float(np.median(runs)) * 1e3 for name, runs in each.items()}
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


def _timed(way: Callable[[], object], calls: int, clock: Callable[[], float]) -> float:
    begun = clock()
    for _ in range(calls):
        way()
    return (clock() - begun) / calls


def _calls(way: Callable[[], object], clock: Callable[[], float]) -> int:
    """So many that they take long enough to be timed."""
    calls = 1
    while (taken := _timed(way, calls, clock) * calls) < _LEAST_S:
        calls = max(2 * calls, int(calls * _LEAST_S / max(taken, 1e-6)))
    return calls


def _ratio(dense: np.ndarray, sparse: np.ndarray) -> float:
    return float(np.median(dense) / np.median(sparse))
