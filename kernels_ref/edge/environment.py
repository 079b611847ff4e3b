"""The environment: how far the channel's strength has moved to other bands."""

from __future__ import annotations

import numpy as np

from kernels_ref.edge.bounded import Bounded, exact, f32, towards
from kernels_ref.edge.movement import BANDS, Movement

RECENT_SHARE = f32(0.002)


class Profile:
    """What the empty room's bands had, and what they have lately."""

    def __init__(self) -> None:
        self._recent: Bounded | None = None
        self.forget()

    def forget(self) -> None:
        """What was learnt, and the present."""
        self._empty = Bounded(np.zeros(BANDS), np.zeros(BANDS))
        self._bins = 0
        self._learnt = np.zeros(BANDS, np.bool_)
        self.interrupt()

    def interrupt(self) -> None:
        """The present is not known."""
        self._recent = None

    @property
    def is_learnt(self) -> bool:
        """Whether any band was there in all of the empty room."""
        return bool(self._learnt.any())

    def learn(self, movement: Movement) -> None:
        """One bin more of the empty room."""
        self._learnt = self._learnt & movement.used if self._bins else movement.used.copy()
        self._bins += 1
        self._empty = towards(self._empty, movement.smooth, f32(1 / self._bins))

    def take(self, movement: Movement) -> None:
        """One bin of the present."""
        if self._recent is None:
            self._recent = movement.smooth
        self._recent = towards(self._recent, movement.smooth, RECENT_SHARE)

    def shift(self, movement: Movement) -> Bounded:
        """The share of strength in other bands than in the empty room; 0 where that is unknown."""
        shared = self._learnt & movement.used
        if self._recent is None or not shared.any():
            return exact(0.0)
        apart = abs(self._recent - self._empty)[shared].mean()
        return (apart * 0.5).clipped(0.0, 1.0)
