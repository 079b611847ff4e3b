"""Inputs for kernel tests, each made again from its name, its shape and a seed.

Every maker returns q [n, Hq, d], k and v [n, Hkv, d] in float32.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Tensors = tuple[Float32, Float32, Float32]
Maker = Callable[[np.random.Generator, int, int, int, int], Tensors]

EXP_OVERFLOWS_ABOVE = 88.7


def normal(rng: np.random.Generator, n: int, hq: int, hkv: int, d: int) -> Tensors:
    """Standard normal q, k and v: scores of ordinary size."""
    return _float32(
        rng.standard_normal((n, hq, d)),
        rng.standard_normal((n, hkv, d)),
        rng.standard_normal((n, hkv, d)),
    )


def bounded(rng: np.random.Generator, n: int, hq: int, hkv: int, d: int) -> Tensors:
    """Uniform in [-1, 1]: an absolute error is an error relative to max|v|."""
    return _float32(
        rng.uniform(-1, 1, (n, hq, d)),
        rng.uniform(-1, 1, (n, hkv, d)),
        rng.uniform(-1, 1, (n, hkv, d)),
    )


def published(rng: np.random.Generator, n: int, hq: int, hkv: int, d: int) -> Tensors:
    """The inputs behind the published figures; nothing random in them."""
    s = np.arange(n)[:, None, None]
    j = np.arange(d)[None, None, :]
    q = np.sin((s * 31 + np.arange(hq)[None, :, None] * 7 + j).astype(np.float32))
    k = np.cos((s * 17 + np.arange(hkv)[None, :, None] * 3 + j).astype(np.float32))
    tenth = np.float32(0.1)
    return _float32(q * tenth, k * tenth, k * tenth * np.float32(0.5))


def equal_scores(rng: np.random.Generator, n: int, hq: int, hkv: int, d: int) -> Tensors:
    """One score of 300 for all: exact in float32, and exp(300) overflows unless it is reduced."""
    q = np.full((n, hq, d), 300.0 / np.sqrt(d))
    k = np.zeros((n, hkv, d))
    k[..., 0] = d
    return _float32(q, k, rng.uniform(-1, 1, (n, hkv, d)))


def very_negative(rng: np.random.Generator, n: int, hq: int, hkv: int, d: int) -> Tensors:
    """Every score is -300: without subtracting the maximum all weights underflow to 0/0."""
    q, k, v = equal_scores(rng, n, hq, hkv, d)
    return -q, k, v


def winner_takes_all(rng: np.random.Generator, n: int, hq: int, hkv: int, d: int) -> Tensors:
    """Huge scores, each token's 1,000 above or below the next: one weight is 1, the rest 0."""
    k = np.zeros((n, hkv, d))
    k[..., 0] = rng.permutation(n)[:, None] * 1000.0
    q = np.zeros((n, hq, d))
    q[..., 0] = np.sqrt(d) * rng.choice([-1.0, 1.0], (n, hq))
    return _float32(q, k, rng.uniform(-1, 1, (n, hkv, d)))


def far_ends(rng: np.random.Generator, n: int, hq: int, hkv: int, d: int) -> Tensors:
    """Scores at the ends of float32: token 0's overflows to -inf, the others' are ordinary."""
    q, k, v = bounded(rng, n, hq, hkv, d)
    q[..., 0], k[..., 0] = 1.0, 0.0
    q[..., 0] = np.float32(1e20)
    k[0, :, 0] = np.float32(-1e20)
    return q, k, v


def large(rng: np.random.Generator, n: int, hq: int, hkv: int, d: int) -> Tensors:
    """Scores around a hundred: the rounding of a score shows in its weight."""
    q, k, v = normal(rng, n, hq, hkv, d)
    return q * np.float32(8), k * np.float32(8), v


def denormal(rng: np.random.Generator, n: int, hq: int, hkv: int, d: int) -> Tensors:
    """Values below 2^-126, where float32 runs out of bits; keys too, so all scores are 0."""
    q, k, v = bounded(rng, n, hq, hkv, d)
    tiny = np.float32(1e-41)
    return q * tiny, k * tiny, v * tiny


def large_values(rng: np.random.Generator, n: int, hq: int, hkv: int, d: int) -> Tensors:
    """Values of 1e30: nothing overflows, and nothing absolute can hide in the budget."""
    q, k, v = bounded(rng, n, hq, hkv, d)
    return q, k, v * np.float32(1e30)


def far_values(rng: np.random.Generator, n: int, hq: int, hkv: int, d: int) -> Tensors:
    """Values at float32's end: any sum of two of one sign overflows, their means do not."""
    q, k, v = bounded(rng, n, hq, hkv, d)
    return q, k, v * np.float32(3e38)


def one_hot_values(rng: np.random.Generator, n: int, hq: int, hkv: int, d: int) -> Tensors:
    """q = 0 and v one-hot: the output is the weights themselves, for the first d tokens."""
    return one_hot(n, hq, hkv, d, first=0)


def cancelling(rng: np.random.Generator, n: int, hq: int, hkv: int, d: int) -> Tensors:
    """Values of alternating sign and one magnitude: outputs are what is left of large sums."""
    q, k, v = bounded(rng, n, hq, hkv, d)
    v[:] = np.where(np.arange(n) % 2, 1.0, -1.0)[:, None, None] * (1 + v * np.float32(1e-3))
    return q, k, v


def one_hot(n: int, hq: int, hkv: int, d: int, first: int) -> Tensors:
    """q = 0, and v[t] is one-hot in dimension t - first for first <= t < first + d."""
    v = np.zeros((n, hkv, d), np.float32)
    for t in range(first, min(first + d, n)):
        v[t, :, t - first] = 1.0
    k = np.zeros((n, hkv, d), np.float32)
    return np.zeros((n, hq, d), np.float32), k, v


MAKERS: dict[str, Maker] = {
    maker.__name__: maker
    for maker in (
        normal,
        bounded,
        published,
        equal_scores,
        very_negative,
        winner_takes_all,
        far_ends,
        large,
        denormal,
        large_values,
        far_values,
        one_hot_values,
        cancelling,
    )
}


def _float32(*arrays: NDArray[np.floating]) -> Tensors:
    q, k, v = (np.ascontiguousarray(a, np.float32) for a in arrays)
    return q, k, v
