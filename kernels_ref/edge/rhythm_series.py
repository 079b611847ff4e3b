"""The series in which rhythms are searched: how the bands change from one 200 ms to the next.

It is computed in float32, as the device does it; `single.py` says why.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernels_ref.edge.config import SLOTS
from kernels_ref.edge.front import Bin
from kernels_ref.edge.single import Float32

BANDS = 8
WINDOW, HOP = 125, 25
WINDOW_HOPS = WINDOW // HOP
SMOOTH = 9
BINS_A_SAMPLE = 5
FAR = np.float32(4.4478)  # 3 · 1.4826


def bands_of(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """[SLOTS], the band of every slot; BANDS where a slot holds no carrier."""
    bands = np.full(SLOTS, BANDS)
    used = np.flatnonzero(mask)
    bands[used] = np.arange(len(used)) * BANDS // max(len(used), 1)
    return bands


class Series:
    """rows: the last WINDOW + HOP samples [n, BANDS], newest last; samples: how many there were."""

    def __init__(self) -> None:
        self.mask = np.zeros(SLOTS, np.bool_)
        self._group()

    def _group(self) -> None:
        """Begin anew, with the bands of these slots."""
        self._used = np.flatnonzero(self.mask)
        self._band = bands_of(self.mask)[self._used]
        count = np.bincount(self._band, minlength=BANDS)[:BANDS]
        share = np.float32(1) / np.maximum(count * BINS_A_SAMPLE, 1).astype(np.float32)
        self._share: Float32 = np.where(count > 0, share, np.float32(0)).astype(np.float32)
        self._sum = np.zeros(BANDS, np.float32)
        self._bins = 0
        self._recent: list[Float32] = []
        self._recents = 0
        self._half = self._last = np.zeros(BANDS, np.float32)
        self.samples = 0
        self.rows: list[Float32] = []
        self._own = 0
        self._fresh: list[int] = []

    @property
    def fresh(self) -> int:
        """How many bins of the last window had a frame."""
        return sum(self._fresh)

    def power(self) -> float:
        """The mean square of the last WINDOW rows, added up in order in float32."""
        squares = np.stack(self.rows[-WINDOW:]) ** 2
        return float(np.cumsum(squares, dtype=np.float32)[-1] / np.float32(squares.size))

    def take(self, seen: Bin) -> bool:
        """Take one bin; returns whether a sample is complete."""
        if not np.array_equal(self.mask, seen.mask):
            self.mask = seen.mask.copy()
            self._group()
        np.add.at(self._sum, self._band, seen.single[self._used])
        self._own += not seen.held
        self._bins += 1
        return self._bins == BINS_A_SAMPLE and self._add_recent()

    def _add_recent(self) -> bool:
        self._recent = [*self._recent[-SMOOTH + 1 :], self._sum * self._share]
        self._sum = np.zeros(BANDS, np.float32)
        self._bins = 0
        self._recents += 1
        if self._recents < SMOOTH:
            return False
        value = smoothed(np.stack(self._recent))
        now = np.float32(0.5) * (self._half + value)
        self._half = value
        if (self._recents - SMOOTH) % 2 == 0:
            return False
        change = now - self._last if self.samples else np.zeros(BANDS, np.float32)
        self._last = now
        self.rows = [*self.rows[-WINDOW - HOP + 1 :], change]
        self.samples += 1
        if self.samples % HOP == 0:
            self._fresh = [*self._fresh[-WINDOW_HOPS + 1 :], self._own]
            self._own = 0
        return True


def smoothed(recent: Float32) -> Float32:
    """[SMOOTH, n] -> [n]: the middle sample, limited to 3 sigma from the median."""
    middle = SMOOTH // 2
    median = np.sort(recent, axis=0)[middle]
    most = FAR * np.sort(np.abs(recent - median), axis=0)[middle]
    return np.asarray(np.clip(recent[middle], median - most, median + most), np.float32)
