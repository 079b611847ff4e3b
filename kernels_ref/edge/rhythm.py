"""Rhythms: breathing and heartbeat in the amplitudes."""

from __future__ import annotations

from kernels_ref.edge.bounded import Bounded
from kernels_ref.edge.front import Bin


class Rhythm:
    """bpm and conf, whether they are valid, and how many breathe apart from each other."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Nothing is known of what went by."""
        self.bpm = self.conf = Bounded(0.0, 0.0)
        self.valid = False
        self.persons = 0

    def take(self, seen: Bin, moving: bool) -> None:
        """One bin; moving: a body's movement hides the rhythm."""
