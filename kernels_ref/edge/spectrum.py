"""Doppler bands, the input of the temporal head, in float64 with running bounds.

The device keeps its bins in fixed point. Where a value lies so near to the middle between two
steps that the device may have taken the other step, that step is part of the bound.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from kernels_ref.edge.bounded import UNIT, Bounded, Float64, exact, log_error, stacked, zeros
from kernels_ref.edge.config import RATIO_STEP, SLOTS, SPECTRUM_LEN
from kernels_ref.edge.front import Bin

BINS = 64
TURNS = 6
N_STEPS, RATIO_STEPS = 4096, 2048
FULL = 32767
FLOOR = 2.0**-20
EDGES = (1, 2, 3, 4, 6, 9, 14, 22, 33)
LINES = 32

# Roundings of the window, of the product with it, and of edge_fft64, in both parts of a number.
_TRANSFORM = 22 * UNIT * np.sqrt(2.0)

_HANN = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(BINS) / BINS)
_WINDOW_LINES = np.abs(np.fft.rfft(_HANN))[1:, None]


@dataclass(frozen=True)
class Fixed:
    """q: whole steps; the device's value lies within `off` steps of it."""

    q: Float64
    off: Float64


def fixed(x: Bounded, steps: int) -> Fixed:
    """x rounded to multiples of 1 / steps, halves away from zero, limited to the range of int16."""
    scaled = np.asarray(x.value) * steps
    bound = np.asarray(x.bound) * steps + UNIT * (np.abs(scaled) + 1.0)
    size = np.abs(scaled)
    q = np.sign(scaled) * np.minimum(np.floor(size + 0.5), FULL)
    to_a_tie = np.abs(size - np.floor(size) - 0.5)
    return Fixed(q, np.maximum(np.floor(bound - to_a_tie) + 1.0, 0.0))


class Spectrum:
    """values: [SPECTRUM_LEN], the last spectrum; count: how many there have been."""

    def __init__(self, every: int) -> None:
        self.every = every
        self.count = 0
        self.restart()

    def restart(self) -> None:
        """Forget everything that was seen."""
        self.values = zeros(SPECTRUM_LEN)
        self._n: deque[Fixed] = deque(maxlen=BINS)
        self._ratio: deque[Fixed] = deque(maxlen=BINS)
        self._in_use = np.zeros(SLOTS, int)
        self._due = BINS
        self._made: Bounded | None = None
        self._wait = 0

    def take(self, seen: Bin) -> None:
        """Take one bin of 20 ms."""
        if self.every == 0:
            return
        self._n.append(fixed(seen.n, N_STEPS))
        self._ratio.append(fixed(seen.ratio, RATIO_STEPS))
        self._in_use = np.where(seen.mask, self._in_use + 1, 0)
        self._due -= 1
        if self._due == 0:
            self._due = self.every
            self._begin()
        if self._made is not None:
            if self._wait == 0:
                self.values, self._made = self._made, None
                self.count += 1
            self._wait -= 1

    def _begin(self) -> None:
        used = self._in_use >= BINS
        pairs = used[RATIO_STEP:] & used[:-RATIO_STEP]
        transforms = -(-int(used.sum()) // 2) + int(pairs.sum())
        if transforms == 0:
            return
        a_turn = -(-transforms // min(self.every, TURNS))
        self._wait = -(-transforms // a_turn) - 1
        n = _signals(self._n)
        ratio = _signals(self._ratio)
        amplitudes = Fixed(n.q[:, used], n.off[:, used])
        both = [Fixed(ratio.q[:, pairs, part], ratio.off[:, pairs, part]) for part in (0, 1)]
        bands = [
            *_bands(_power(*_two_by_two(amplitudes)), 2 * int(used.sum()), N_STEPS),
            *_bands(_power(*both), max(int(pairs.sum()), 1), RATIO_STEPS),
        ]
        self._made = stacked(bands)


def _signals(ring: deque[Fixed]) -> Fixed:
    return Fixed(np.stack([kept.q for kept in ring]), np.stack([kept.off for kept in ring]))


def _two_by_two(signals: Fixed) -> tuple[Fixed, Fixed]:
    """The even signals, and the odd signals; of an odd number of signals a silent last one."""
    parts = []
    for first in (0, 1):
        q, off = signals.q[:, first::2], signals.off[:, first::2]
        room = ((0, 0), (0, -(-signals.q.shape[1] // 2) - q.shape[1]))
        parts.append(Fixed(np.pad(q, room), np.pad(off, room)))
    return parts[0], parts[1]


def _power(re: Fixed, im: Fixed) -> Bounded:
    """[LINES]: sums of |Z(f)|² + |Z(-f)|² over the columns, Z of re + i im in steps."""
    # The device subtracts the oldest value first, and the rest of the mean after the transform.
    size = sum(np.abs(_HANN[:, None] * (x.q - x.q[0])).sum(axis=0) for x in (re, im))
    off = _TRANSFORM * size * np.ones((LINES, 1))
    power = np.zeros_like(off)
    for x in (re, im):
        windowed = _HANN[:, None] * (x.q - x.q.mean(axis=0))
        power += 2 * np.abs(np.fft.rfft(windowed, axis=0)[1:]) ** 2
        # A step changes its own bin and the mean, which reaches the lines that the window passes.
        off += (_HANN[:, None] * x.off).sum(axis=0) + _WINDOW_LINES * x.off.mean(axis=0)
    bound = 2 * np.sqrt(2 * power) * off + 2 * off**2 + 6 * UNIT * power
    rounding = UNIT * power.shape[1] * power.sum(axis=1)
    return Bounded(power.sum(axis=1), bound.sum(axis=1) + rounding)


def _bands(power: Bounded, shares: int, steps: int) -> list[Bounded]:
    """Logarithms of each band's mean power a carrier, in the channel's own units."""
    scale = exact(1.0 / steps**2) / float(shares)
    found = []
    for low, high in pairwise(EDGES):
        found.append(_log_over_floor(power[low - 1 : high - 1].mean() * scale))
    return found


def _log_over_floor(x: Bounded) -> Bounded:
    """log(x + FLOOR) of a power; the device's power is never below 0, whatever the bound is."""
    made = float(np.log(x.value + FLOOR))
    least = max(x.value - x.bound, 0.0) + FLOOR
    below = made - float(np.log(least))
    above = float(np.log(x.value + x.bound + FLOOR)) - made
    # x + FLOOR is rounded once, which adds UNIT.
    return Bounded(made, max(below, above) + UNIT + log_error(made))
