"""Doppler bands: what the temporal head is fed with."""

from __future__ import annotations

import numpy as np

from kernels_ref.edge.bounded import Bounded
from kernels_ref.edge.config import SPECTRUM_LEN
from kernels_ref.edge.front import Bin


class Spectrum:
    """values: [SPECTRUM_LEN], the last spectrum; count: how many there were."""

    def __init__(self, every: int) -> None:
        self.every = every
        self.count = 0
        self.values = Bounded(np.zeros(SPECTRUM_LEN), np.zeros(SPECTRUM_LEN))

    def restart(self) -> None:
        """Nothing is known of what went by."""

    def take(self, seen: Bin) -> None:
        """One bin."""
