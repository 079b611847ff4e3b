"""The room: what it is like when empty, and what that makes of the present movement."""

from __future__ import annotations

from dataclasses import dataclass

from kernels_ref.edge.bounded import Bounded, exact
from kernels_ref.edge.config import BIN_HZ, Quality
from kernels_ref.edge.decisions import decide
from kernels_ref.edge.front import Bin
from kernels_ref.edge.movement import Movement

ZERO = Bounded(0.0, 0.0)


@dataclass(frozen=True)
class Seen:
    """What the device decided by this frame."""

    active: bool
    fall: bool


class Room:
    """State of motion, presence, falls, anomaly, environment; public attributes are features."""

    def __init__(self, calibration_ms: int) -> None:
        self._calibration_bins = calibration_ms * BIN_HZ // 1000
        self.motion = self.presence = self.anomaly = self.env_shift = ZERO
        self.energy = self.score = self.threshold = ZERO
        self.active = self.fall = False
        self.falls = 0
        self._baseline = ZERO
        self.calibrate()

    def calibrate(self) -> None:
        """Learn the empty room from the next bin on."""
        self.calibrating = True
        self._bins = 0

    def interrupt(self) -> None:
        """A silence, or another link."""

    def silence(self) -> None:
        """Nothing is known of the present."""
        self.motion = self.presence = self.anomaly = self.env_shift = ZERO
        self.energy = self.score = ZERO
        self.active = self.fall = False

    def take(self, movement: Movement, seen: Bin, breath: bool, told: Seen | None) -> None:
        """One bin; breath: breathing is valid."""
        score = movement.score
        if self.calibrating:
            off = (score - self._baseline) / float(self._bins + 1)
            self._baseline = self._baseline + off
            self._bins += 1
            self.calibrating = self._bins < self._calibration_bins
        self.energy = self.score = score
        self.threshold = ZERO if self.calibrating else self._baseline * 2.5
        self.active = not self.calibrating and decide(
            "active", score - self.threshold, told.active if told else None
        )
        self.motion = exact(0.5 if self.active else 0.0)
        self.presence = exact(1.0 if self.active or breath else 0.0)

    def flags(self) -> Quality:
        """Of the room."""
        return Quality.CALIBRATING if self.calibrating else Quality.PRESENCE_VALID
