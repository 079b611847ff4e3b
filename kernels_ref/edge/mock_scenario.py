"""What the synthetic source plays, and what every part of it must know."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from kernels_ref.edge.mock_fixed import draw

Ints = npt.NDArray[np.int64]

RATE_HZ = 20
PERIOD_US = 50_000
"""A slot: one frame is sent in each."""
MAX_PERSONS = 2


class Scenario(IntEnum):
    """What is played."""

    EMPTY = 0
    STATIC_PERSON = 1
    WALKING = 2
    FALL = 3
    MULTI_PERSON = 4
    CHANNEL_SWEEP = 5
    MAC_FILTER = 6
    RING_OVERFLOW = 7
    RSSI_BOUNDARY = 8
    ZERO_LENGTH = 9
    CLEAN = 10
    FAN = 11
    GAIN_STEP = 12


def drawn(seed: int, index: int, least: int, spread: int) -> int:
    """One of `spread` whole numbers from `least` on."""
    return least + int(draw(seed, index)) % spread


def persons(scenario: Scenario) -> int:
    """How many there are in it."""
    if scenario is Scenario.MULTI_PERSON:
        return MAX_PERSONS
    alone = (Scenario.STATIC_PERSON, Scenario.WALKING, Scenario.FALL, Scenario.CLEAN)
    return int(scenario in alone)
