"""The gate of a node's capture: how many frames a second it lets through."""

from __future__ import annotations

PERIOD_US = 20_000
"""CSI_GATE_PERIOD_US of csi_collector.h: at most one frame in so long, in the long run."""


class CaptureGate:
    """Which frames a node's capture takes, by their times. A replay that begins is a closed gate's
    opening: the first frame passes."""

    def __init__(self) -> None:
        self._open_us = 0

    def passes(self, ts_us: int) -> bool:
        """Whether the frame of this time passes; times do not fall."""
        if ts_us < self._open_us:
            return False
        is_soon = ts_us - self._open_us < PERIOD_US
        self._open_us = (self._open_us if is_soon else ts_us) + PERIOD_US
        return True
