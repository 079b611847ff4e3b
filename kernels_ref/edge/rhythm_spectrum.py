"""How strong a rate is in all bands together, against the noise that they share; with bounds.

The solution of a triangular system has a bound of its norm, since bounds of its elements would grow
with every row. The formulas are those of Higham, "Accuracy and Stability of Numerical Algorithms",
8.1 (substitution) and 10.1 (Cholesky).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kernels_ref.edge.bounded import UNIT, Bounded, Float64, f32, towards, zeros
from kernels_ref.edge.rhythm_series import BANDS, WINDOW
from kernels_ref.edge.single import Float32

CIRCLE = 600
SILENT, NO_NOISE = f32(1e-9), f32(1e-6)
FLOOR = 0.5
ROWS, COLUMNS = np.tril_indices(BANDS)
PAIRS = len(ROWS)

BREATH_HALVES = np.arange(10, 67)
HEART_HALVES = np.arange(96, 241, 2)

_circle = np.cos(2 * np.pi * np.arange(CIRCLE) / CIRCLE)
_circle[CIRCLE // 4] = _circle[3 * CIRCLE // 4] = 0.0
COSINE: Float32 = _circle.astype(np.float32)
HANN: Float32 = (np.sin(np.pi * np.arange(WINDOW) / WINDOW) ** 2).astype(np.float32)


class Unknown(Exception):
    """Rounding is as large as the signal, so the device may give any answer."""


def breath_weights() -> Float32:
    """[57], the factors of the breathing rates' transforms, in float32 as on the device."""
    f = BREATH_HALVES.astype(np.float32) / np.float32(10)
    f4 = (f * f) * (f * f)
    return np.asarray(np.sqrt(f4 / (np.float32(1) + f4) / (f * np.sqrt(f))), np.float32)


def heart_weights() -> Float32:
    """[73], the factors of the heart rates' transforms, likewise."""
    one, half = np.float32(1), np.float32(0.5)
    c = COSINE[HEART_HALVES]
    return np.asarray(one / np.sqrt((one - c) * (one + np.sqrt(half * (one + c)))), np.float32)


def kernel(halves: np.ndarray) -> tuple[Float64, Float64]:
    """[rates, WINDOW], cosines and sines times the window, rounded once as on the device."""
    angle = np.outer(halves, np.arange(WINDOW)) % CIRCLE
    cosine = HANN * COSINE[angle]
    sine = HANN * COSINE[(angle + 3 * CIRCLE // 4) % CIRCLE]
    return cosine.astype(np.float64), sine.astype(np.float64)


def transform(rows: Float64, waves: tuple[Float64, Float64], weights: Float32) -> Bounded:
    """[rates, BANDS, 2] (re, im) of the rows [WINDOW, BANDS], which are exact."""
    parts = []
    for wave, sign in zip(waves, (1.0, -1.0), strict=True):
        terms = wave[:, :, None] * rows[None]
        sums = np.cumsum(terms, axis=1)
        rounding = UNIT * (np.abs(terms).sum(axis=1) + np.abs(sums).sum(axis=1))
        parts.append(Bounded(sign * sums[:, -1], rounding))
    both = Bounded(
        np.stack([p.value for p in parts], axis=2), np.stack([p.bound for p in parts], axis=2)
    )
    return both * weights.astype(np.float64)[:, None, None]


def level(x: Bounded) -> Bounded:
    """The transforms with a mean power of 1 in each band; 0 where a band is silent."""
    n = x.value.shape[0]
    squares = x.squared()
    value = squares.value.sum(axis=(0, 2)) / n
    bound = squares.bound.sum(axis=(0, 2)) / n + UNIT * (2 * n + 1) * value
    if np.any((np.abs(value - SILENT) <= bound) | ((value >= SILENT) & (bound > 0.5 * value))):
        raise Unknown
    silent = value < SILENT
    power = Bounded(np.where(silent, 1.0, value), np.where(silent, 0.0, bound))
    scale = Bounded(1.0, 0.0) / power.sqrt()
    heard = np.where(silent, 0.0, 1.0)
    return x * Bounded(scale.value * heard, scale.bound * heard)[None, :, None]


def together(x: Bounded) -> Bounded:
    """[..., PAIRS], re (x_i conj x_j) of x [..., BANDS, 2]."""
    products = x[..., ROWS, :] * x[..., COLUMNS, :]
    return products[..., 0] + products[..., 1]


def mean_rate(x: Bounded) -> Bounded:
    """[rates, PAIRS] -> [PAIRS], the mean over the rates, each divided before it is added."""
    n = x.value.shape[0]
    value = x.value.sum(axis=0) / n
    rounding = UNIT * (n + 1) * np.abs(x.value).sum(axis=0) / n
    return Bounded(value, x.bound.sum(axis=0) / n + rounding)


def running_mean(x: Bounded) -> Bounded:
    """[rates, PAIRS] -> [PAIRS], the mean over the rates, as a running mean."""
    mean = zeros(PAIRS)
    for r in range(x.value.shape[0]):
        mean = towards(mean, x[r], f32(1.0 / (r + 1)))
    return mean


def square(packed: Float64) -> Float64:
    """[..., PAIRS] -> [..., BANDS, BANDS], symmetric."""
    full = np.zeros((*packed.shape[:-1], BANDS, BANDS))
    full[..., ROWS, COLUMNS] = packed
    full[..., COLUMNS, ROWS] = packed
    return full


@dataclass(frozen=True)
class Noise:
    """The noise that the bands share, by its Cholesky root.

    inverse: of the root; least: the smallest eigenvalue of the noise; off: the error of the noise,
    relative to `least`; solved: the relative error of one substitution.
    """

    inverse: Float64
    least: float
    off: float
    solved: float


def root_of(noise: Bounded) -> Noise | None:
    """The root of the noise [PAIRS]; None where there is no noise at all."""
    diagonal = ROWS == COLUMNS
    trace = noise[diagonal].sum()
    if abs(trace.value - NO_NOISE) <= trace.bound:
        raise Unknown
    if trace.value < NO_NOISE:
        return None
    floor = trace * f32(FLOOR / BANDS)
    value = square(noise.value) + floor.value * np.eye(BANDS)
    bound = square(noise.bound) + np.eye(BANDS) * (floor.bound + UNIT * np.diag(value))
    least = float(np.linalg.eigvalsh(value)[0])
    off = (np.linalg.norm(bound) + (BANDS + 1) * UNIT * np.trace(value)) / least
    if off > 0.25:
        raise Unknown
    root = np.linalg.cholesky(value)
    inverse = np.linalg.inv(root)
    grown = np.linalg.norm(np.abs(inverse) @ np.abs(root))
    return Noise(inverse, least, float(off), float((BANDS + 1) * UNIT * grown * (1 + off)))


def strengths(noise: Noise | None, mean: Bounded) -> Bounded:
    """[rates], |root^-1 C root^-T| of the symmetric matrix C of every rate, in Frobenius' norm."""
    rates = mean.value.shape[0]
    if noise is None:
        return zeros(rates)
    whitened = noise.inverse @ square(mean.value) @ noise.inverse.T
    value = np.linalg.norm(whitened, axis=(1, 2))
    moved = np.linalg.norm(square(mean.bound), axis=(1, 2)) / noise.least
    most = (value + moved) / (1 - noise.off) * (1 + 2.1 * noise.solved)
    return Bounded(value, most - value + UNIT * (BANDS**2 + 2) * most)


def powers(noise: Noise, x: Bounded) -> Bounded:
    """[rates], |root^-1 x|² of x [rates, BANDS, 2]."""
    solved = np.einsum("ij,rjp->rip", noise.inverse, x.value)
    size = np.sqrt((solved**2).sum(axis=(1, 2)))
    moved = np.sqrt((x.bound**2).sum(axis=(1, 2)) / noise.least)
    most = (size + moved) ** 2 / (1 - noise.off) * (1 + noise.solved) ** 2
    return Bounded(size**2, most - size**2 + UNIT * (2 * BANDS + 1) * most)
