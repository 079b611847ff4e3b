"""What the edge features are told, and the constants of their definition."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum, IntFlag


class Tier(IntEnum):
    """How much is computed."""

    RAW = 0
    MOTION = 1
    ALL = 2


class PhaseMode(IntEnum):
    """Which part of the phase is believed: measured, all of it, or what differs over the band."""

    AUTO = 0
    COMMON = 1
    RESIDUAL = 2


class Quality(IntFlag):
    """Bits of quality_flags; the last two are up always, for a build that has shown no more."""

    PRESENCE_VALID = 1 << 0
    RESPIRATION_VALID = 1 << 1
    HEARTBEAT_VALID = 1 << 2
    ANOMALY_TRIGGERED = 1 << 3
    ENVIRONMENT_SHIFT = 1 << 4
    DEGRADED_MODE = 1 << 5
    CALIBRATING = 1 << 6
    RECALIBRATION_RECOMMENDED = 1 << 7
    MOVEMENT_AND_BREATH_ONLY = 1 << 8
    HEART_UNPROVEN = 1 << 9


@dataclass(frozen=True)
class EdgeConfig:
    """rate_hz: frames a second, 10..100; fall_threshold: phase acceleration in rad/s²."""

    rate_hz: float = 20.0
    calibration_frames: int = 1200
    fall_threshold: float = 250.0
    tier: Tier = Tier.ALL
    phase_mode: PhaseMode = PhaseMode.AUTO

    def __post_init__(self) -> None:
        if not 10.0 <= self.rate_hz <= 100.0:
            raise ValueError(f"rate_hz {self.rate_hz}: 10 to 100 frames a second")
        if self.calibration_frames < 1:
            raise ValueError(f"calibration_frames {self.calibration_frames}: at least 1")
        if not 0.0 < self.fall_threshold < math.inf:
            raise ValueError(f"fall_threshold {self.fall_threshold}: more than 0 rad/s²")

    @property
    def period_us(self) -> int:
        """Between two frames."""
        return int(1e6 / self.rate_hz + 0.5)

    @property
    def second(self) -> int:
        """Frames."""
        return int(self.rate_hz + 0.5)

    @property
    def stride(self) -> int:
        """Frames over which a phase rate is taken for the acceleration: about 50 ms."""
        return max(int(self.rate_hz / 20.0), 1)


TOP = 8
NO_PAIR = 0xFFFF
GAP_PERIODS = 5
