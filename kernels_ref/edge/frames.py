"""A frame of channel state on the host."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_PAIRS = 4 * 256


@dataclass(frozen=True)
class CsiFrame:
    """What the capture hands to the edge features.

    iq: int8 [n_antennas * n_subcarriers, 2], imaginary and real; rssi and noise_floor in dBm;
    layout: what the pairs mean, see `kernels_ref.carriers`, 0 where that is not told.
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
