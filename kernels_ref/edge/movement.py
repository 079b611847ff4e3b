"""Movement: how much the amplitudes change at the pace of a body."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernels_ref.edge.bounded import ZERO, Bounded, f32, median, ordered, stacked, towards, zeros
from kernels_ref.edge.config import SLOTS
from kernels_ref.edge.front import Bin

BANDS = 16
TICK_BINS = 10
SCORE_TICKS = 15
FRESH_NEEDED = 3
LOST_BINS = 25
SETTLE_TICK = 11
FAST_SHARE, SLOW_SHARE = f32(0.46650914), f32(0.11808862)


class Movement:
    """smooth: [BANDS], each band's median of three bins; used: bool [BANDS].

    jump: how far this bin lies from the last bin that had a frame, None where that is not known.
    ticked: this bin completed a tick of 0.2 s, whose mean change is `tick` and whose jumps are
    `jumps`; lively: frames came during the whole tick. score: the mean of the quieter four fifths
    of three seconds.
    """

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Forget everything that was seen."""
        nothing = zeros(BANDS)
        self.used = np.zeros(BANDS, np.bool_)
        self.smooth = self._band = self._fast = self._slow = nothing
        self._before = (nothing, nothing)
        self._fresh = self._bins = self._silent = self._most_silent = 0
        self._sum = self.tick = self.score = ZERO
        self._ticks: list[Bounded] = []
        self.jump: Bounded | None = None
        self.jumps: list[Bounded] = []
        self.ticked = self.lively = False

    def take(self, seen: Bin) -> None:
        """Take one bin of 20 ms."""
        if self.ticked:
            self.jumps = []
        self.ticked = False
        self._silent = self._silent + 1 if seen.held else 0
        self.jump = None if seen.held else self._take_fresh(seen)
        if self.jump is not None:
            self.jumps.append(self.jump)
        self._most_silent = max(self._most_silent, self._silent)
        self._sum = self._sum + self._change()
        self._bins += 1
        if self._bins == TICK_BINS:
            self._complete_tick()

    def _take_fresh(self, seen: Bin) -> Bounded | None:
        one, two = self._band, self._before[0]
        band, used = _average(seen)
        begins = self._fresh < FRESH_NEEDED
        self._fresh += begins
        is_new = ~self.used
        one, two = _where(is_new, band, one), _where(is_new, band, two)
        self._band, self._before = band, (one, two)
        self.smooth = _middle(band, one, two)
        anew = is_new | begins
        self._fast = _where(anew, self.smooth, self._fast)
        self._slow = _where(anew, self.smooth, self._slow)
        self.used = used
        return None if begins else _distance(band, one, used)

    def _change(self) -> Bounded:
        self._fast = towards(self._fast, self.smooth, FAST_SHARE)
        self._slow = towards(self._slow, self.smooth, SLOW_SHARE)
        if not self.used.any():
            return ZERO
        return median(abs(self._fast - self._slow)[self.used])

    def _complete_tick(self) -> None:
        self.tick = self._sum / float(TICK_BINS)
        self._ticks = [*self._ticks, self.tick][-SCORE_TICKS:]
        settled = len(self._ticks) >= SETTLE_TICK
        self.lively = settled and self._most_silent <= LOST_BINS
        n = len(self._ticks)
        self.score = stacked(ordered(self._ticks)[: n - n // 5]).mean()
        self._sum = ZERO
        self._bins = 0
        self._most_silent = self._silent
        self.ticked = True


def _average(seen: Bin) -> tuple[Bounded, NDArray[np.bool_]]:
    """Each band's mean over its used slots, 0 of none; and which have any."""
    width = SLOTS // BANDS
    count = seen.mask.reshape(BANDS, width).sum(axis=1)
    total = zeros(BANDS)
    n = Bounded(seen.n.value.reshape(BANDS, width), seen.n.bound.reshape(BANDS, width))
    for slot in range(width):
        total = total + n[:, slot]
    return total / np.maximum(count, 1).astype(np.float64), count > 0


def _where(mask: NDArray[np.bool_], a: Bounded, b: Bounded) -> Bounded:
    return Bounded(np.where(mask, a.value, b.value), np.where(mask, a.bound, b.bound))


def _middle(a: Bounded, b: Bounded, c: Bounded) -> Bounded:
    values = np.median(np.stack([a.value, b.value, c.value]), axis=0)
    return Bounded(values, np.maximum(np.maximum(a.bound, b.bound), c.bound))


def _distance(a: Bounded, b: Bounded, used: NDArray[np.bool_]) -> Bounded:
    return abs(a - b)[used].mean()
