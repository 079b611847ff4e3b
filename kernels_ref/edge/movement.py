"""Movement: how much the amplitudes change at the pace of a body."""

from __future__ import annotations

import numpy as np

from kernels_ref.edge.bounded import Bounded, f32, towards
from kernels_ref.edge.config import SLOTS
from kernels_ref.edge.front import Bin

FAST_SHARE, SLOW_SHARE, SCORE_SHARE = f32(0.46651), f32(0.060899), f32(0.01)


class Movement:
    """now: median over the carriers of the change; score: its mean over about two seconds."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Nothing is known of what went by."""
        self._fast: Bounded | None = None
        self._slow = Bounded(np.zeros(SLOTS), np.zeros(SLOTS))
        self.now = self.score = Bounded(0.0, 0.0)

    def take(self, seen: Bin) -> None:
        """One bin."""
        if self._fast is None:
            self._fast = self._slow = seen.n
        self._fast = towards(self._fast, seen.n, FAST_SHARE)
        self._slow = towards(self._slow, seen.n, SLOW_SHARE)
        apart = abs(self._fast - self._slow)
        # the median of values that are off by at most e is off by at most e
        self.now = Bounded(0.0, 0.0)
        if seen.used:
            of = Bounded(apart.value[seen.mask], apart.bound[seen.mask])
            self.now = Bounded(float(np.median(of.value)), float(np.max(of.bound))).single()
        self.score = towards(self.score, self.now, SCORE_SHARE)
