"""Breathing as numpy and scipy would have it, a whole recording at a time; nothing of the oracle.

Other ways to the same figures: a median filter for the odd samples, a padded FFT for the rates, and
the generalised eigenvalues of signal against noise where the device solves triangular systems.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.ndimage import median_filter

Array = NDArray[np.float64]

PER_MINUTE = np.arange(5.0, 33.01, 0.5)


@dataclass(frozen=True)
class Breath:
    """bpm of the strongest rate; clear: its height over the next one's and over the median's."""

    bpm: float
    clear: float


def by_carrier(times_us: NDArray[np.int64], n: Array) -> Array:
    """Frames [n, carriers] at their times -> [bins, carriers] of 20 ms, all but the last."""
    number = times_us // 20_000
    number = number - number[0]
    last = int(number[-1])
    full = np.unique(number[number < last])
    means = np.stack([n[number == b].mean(axis=0) for b in full])
    return np.asarray(means[np.searchsorted(full, np.arange(last), side="right") - 1])


def changes(bins: Array) -> Array:
    """[bins, carriers] -> [samples of 200 ms, 8 bands]"""
    place = np.arange(bins.shape[1]) * 8 // bins.shape[1]
    bands = np.stack([bins[:, place == b].mean(axis=1) for b in range(8)], axis=1)
    tenths = _means(bands, 5)
    median = median_filter(tenths, size=(9, 1))
    off = np.stack([_around(tenths, i) for i in range(4, len(tenths) - 4)])
    spread = 1.4826 * np.median(np.abs(off - np.median(off, axis=1, keepdims=True)), axis=1)
    middle, centre = median[4:-4], tenths[4:-4]
    fifths = _means(middle + np.clip(centre - middle, -3 * spread, 3 * spread), 2)
    return np.diff(fifths, axis=0, prepend=fifths[:1])


def _means(x: Array, of: int) -> Array:
    whole = len(x) // of * of
    return np.asarray(x[:whole].reshape(-1, of, x.shape[1]).mean(axis=1))


def _around(x: Array, i: int) -> Array:
    return x[i - 4 : i + 5]


def strength(rows: Array) -> Array:
    """Of each rate of PER_MINUTE, over all windows of 25 s, the last 24 of which count."""
    hann = np.hanning(126)[:125]
    f = PER_MINUTE / 5
    weight = np.sqrt(f) * f**4 / (1 + f**4) / f**2
    mean, seen = np.zeros((57, 8, 8)), 0
    for first in range(0, len(rows) - 124, 25):
        x = np.fft.rfft(rows[first : first + 125] * hann[:, None], 600, axis=0)[10:67]
        power = weight[:, None] * np.abs(x) ** 2
        x = x * np.sqrt(weight[:, None] / power.mean(axis=0))
        seen = min(seen + 1, 24)
        mean += (np.einsum("fi,fj->fij", x, x.conj()).real - mean) / seen
    noise = mean.mean(axis=0)
    noise += 0.5 * np.trace(noise) / 8 * np.eye(8)
    return np.array([np.linalg.norm(eigh(c, noise, eigvals_only=True)) for c in mean])


def breath(bins: Array) -> Breath:
    """At the end of [bins, carriers]."""
    found = strength(changes(bins))
    top = int(np.argmax(found))
    rest = found[np.abs(np.arange(57) - top) > 5].max()
    bpm = PER_MINUTE[top]
    if 0 < top < 56:
        around = PER_MINUTE[top - 1 : top + 2]
        a, b, _ = np.polyfit(around - bpm, found[top - 1 : top + 2], 2)
        bpm -= b / (2 * a)
    clear = found[top] / rest * np.sqrt(found[top] / np.median(found))
    return Breath(float(bpm), float(clear))
