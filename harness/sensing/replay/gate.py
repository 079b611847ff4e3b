"""The gate of a node's capture: how many frames a second it lets through."""

from __future__ import annotations

from kernels_ref.edge.mock import GATE_US


class CaptureGate:
    """Which frames a node's capture takes, by their times: at most one in GATE_US, in the long
    run. It has just opened for the first one."""

    def __init__(self) -> None:
        self._open_us = 0

    def passes(self, ts_us: int) -> bool:
        """Whether the frame of this time passes; times do not fall."""
        if ts_us < self._open_us:
            return False
        is_soon = ts_us - self._open_us < GATE_US
        self._open_us = (self._open_us if is_soon else ts_us) + GATE_US
        return True
