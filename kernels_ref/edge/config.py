"""What the edge features are told, and the constants of their definition."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag

SLOTS = 64
BIN_US = 20_000
BIN_HZ = 50
SILENCE_US = 3_000_000
RATIO_STEP = 6
RATIOS = SLOTS - RATIO_STEP
SPECTRUM_LEN = 16


class Tier(IntEnum):
    """How much is computed."""

    RAW = 0
    MOTION = 1
    ALL = 2


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
    """calibration_ms: of an empty room; spectrum_every: bins of 20 ms, 0 for no spectra."""

    calibration_ms: int = 30_000
    tier: Tier = Tier.ALL
    spectrum_every: int = 0

    def __post_init__(self) -> None:
        if not 1_000 <= self.calibration_ms <= 600_000:
            raise ValueError(f"calibration_ms {self.calibration_ms}: 1,000 to 600,000")
        if not 0 <= self.spectrum_every <= 255:
            raise ValueError(f"spectrum_every {self.spectrum_every}: 0 to 255 bins")
