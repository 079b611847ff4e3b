"""Sparse against naive dense attention by the clock, for the published speed-ups."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from harness.sensing.benchmark import scalar
from harness.sensing.benchmark.timing import in_one_thread, interleaved_medians
from kernels_ref import SparseAttentionConfig, sparse_attention

Real = TypeVar("Real", np.float32, np.float64)

CONFIG = SparseAttentionConfig(window=16, block_size=32)
HEADS, HEAD_DIM = 4, 32
LENGTHS = (64, 128, 256, 512, 1024)
ROUNDS = 3
SCALAR, NUMPY = WAYS = ("scalar loops", "numpy")

Seconds = dict[str, dict[int, tuple[float, float]]]
"""Way, then number of tokens: median seconds of sparse and of naive dense attention."""


def measure() -> Seconds:
    """Time both ways in a process with one thread."""
    ways = json.loads(in_one_thread("harness.sensing.benchmark.speed"))
    return {way: {int(n): tuple(pair) for n, pair in ways[way].items()} for way in WAYS}


def naive_dense(
    q: npt.NDArray[Real], k: npt.NDArray[Real], v: npt.NDArray[Real]
) -> npt.NDArray[Real]:
    """Causal dense attention the short way: all N x N scores of a head at once. `[N, H, d]`."""
    out = np.empty_like(q)
    later = np.triu(np.ones((len(q), len(q)), dtype=np.bool_), 1)
    for head in range(q.shape[1]):
        scores = q[:, head] @ k[:, head].T / q.dtype.type(np.sqrt(q.shape[2]))
        scores[later] = -np.inf
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        out[:, head] = weights @ v[:, head]
    return out


def operands(
    n: int, kv_heads: int = HEADS, dtype: type[np.floating[Any]] = np.float32
) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """Random q [n, HEADS, HEAD_DIM], k and v [n, kv_heads, HEAD_DIM], the same on every run."""
    rng = np.random.default_rng(n)
    q, k, v = (rng.standard_normal((n, h, HEAD_DIM)) for h in (HEADS, kv_heads, kv_heads))
    return q.astype(dtype), k.astype(dtype), v.astype(dtype)


def _ways(n: int) -> dict[str, tuple[Callable[[], object], Callable[[], object]]]:
    """Sparse and naive dense over `n` tokens, each way."""
    q, k, v = operands(n)
    q1, k1, v1 = (x[:, 0].tolist() for x in (q, k, v))
    return {
        SCALAR: (
            lambda: scalar.sparse(q1, k1, v1, CONFIG),
            lambda: scalar.dense(q1, k1, v1),
        ),
        NUMPY: (lambda: sparse_attention(q, k, v, CONFIG), lambda: naive_dense(q, k, v)),
    }


def main() -> None:
    """Measure in this process and print JSON."""
    functions = {
        (way, n, side): (function, max(LENGTHS) // n)
        for n in LENGTHS
        for way, pair in _ways(n).items()
        for side, function in enumerate(pair)
    }
    medians = interleaved_medians(functions, ROUNDS)
    seconds = {way: {n: (medians[way, n, 0], medians[way, n, 1]) for n in LENGTHS} for way in WAYS}
    sys.stdout.write(json.dumps(seconds) + "\n")
