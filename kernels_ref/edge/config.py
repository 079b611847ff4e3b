"""What the edge features are given, frames and settings, and the constants of their definition."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag

import numpy as np
from numpy.typing import NDArray

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
    """Bits of `quality_flags`, in the features and in the packet that carries them.

    MOVEMENT_AND_BREATH_ONLY: presence is found by movement and by breath; a person who shows none
    of the two is not seen. HEART_UNPROVEN: the heart rate was never shown to be right on a person.
    Both are always set, until a build has shown more.
    """

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
class CsiFrame:
    """One frame of channel state, as the capture hands it to the edge features.

    iq: int8 [n_antennas * n_subcarriers, 2], imaginary and real; rssi and noise_floor in dBm;
    layout: what the pairs mean, see `kernels_ref.carriers`, 0 where that is not known.
    """

    ts_us: int
    iq: NDArray[np.int8]
    n_subcarriers: int
    n_antennas: int = 1
    channel: int = 6
    mac: bytes = bytes.fromhex("02a1b2c3d4e5")
    rssi: int = -50
    noise_floor: int = -95
    layout: int = 0


@dataclass(frozen=True)
class EdgeConfig:
    """Settings of the edge features.

    calibration_ms: how long the empty room is learnt. spectrum_every: bins of 20 ms from one
    spectrum to the next, 0 for no spectra.
    """

    calibration_ms: int = 30_000
    tier: Tier = Tier.ALL
    spectrum_every: int = 0

    def __post_init__(self) -> None:
        if not 1_000 <= self.calibration_ms <= 600_000:
            raise ValueError(f"calibration_ms {self.calibration_ms}: 1,000 to 600,000")
        if not 0 <= self.spectrum_every <= 255:
            raise ValueError(f"spectrum_every {self.spectrum_every}: 0 to 255 bins")
