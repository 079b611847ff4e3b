"""The environment: how much of the channel's strength has moved to other bands."""

from __future__ import annotations

import numpy as np

from kernels_ref.edge.bounded import ZERO, Bounded, f32, towards, zeros
from kernels_ref.edge.movement import BANDS, Movement

RECENT_SHARE = f32(0.002)


class Profile:
    """The strength of the bands in the empty room, and their recent strength."""

    def __init__(self) -> None:
        self._recent: Bounded | None = None
        self.forget()

    def forget(self) -> None:
        """Forget what was learnt and the recent strength."""
        self._empty = zeros(BANDS)
        self._bins = 0
        self._learnt = np.zeros(BANDS, np.bool_)
        self.interrupt()

    def interrupt(self) -> None:
        """Forget the recent strength."""
        self._recent = None

    @property
    def is_learnt(self) -> bool:
        """Whether any band had carriers during the whole calibration."""
        return bool(self._learnt.any())

    def learn(self, movement: Movement) -> None:
        """Take one more bin of the empty room."""
        self._learnt = self._learnt & movement.used if self._bins else movement.used.copy()
        self._bins += 1
        self._empty = towards(self._empty, movement.smooth, f32(1 / self._bins))

    def take(self, movement: Movement) -> None:
        """Take one bin after the calibration."""
        if self._recent is None:
            self._recent = movement.smooth
        self._recent = towards(self._recent, movement.smooth, RECENT_SHARE)

    def shift(self, movement: Movement) -> Bounded:
        """The share of strength that lies in other bands than in the empty room; 0 if not known."""
        shared = self._learnt & movement.used
        if self._recent is None or not shared.any():
            return ZERO
        apart = abs(self._recent - self._empty)[shared].mean()
        return (apart * 0.5).clipped(0.0, 1.0)
