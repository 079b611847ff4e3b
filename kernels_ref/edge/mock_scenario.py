"""The scenarios of the synthetic source, and what all its parts have in common."""

from __future__ import annotations

from enum import IntEnum

from kernels_ref.edge.mock_fixed import draw

RATE_HZ = 20
PERIOD_US = 50_000
"""Length of a slot; one frame is sent in each."""
MAX_PERSONS = 2


class Scenario(IntEnum):
    """What the synthetic source plays."""

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
    """A number drawn from the `spread` whole numbers that begin with `least`."""
    return least + int(draw(seed, index)) % spread


def persons(scenario: Scenario) -> int:
    """How many persons a scenario has."""
    if scenario is Scenario.MULTI_PERSON:
        return MAX_PERSONS
    alone = (Scenario.STATIC_PERSON, Scenario.WALKING, Scenario.FALL, Scenario.CLEAN)
    return int(scenario in alone)
