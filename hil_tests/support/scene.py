"""Playing a scenario to a node, and what a person would say of what it then sends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from harness.sensing.node import SensingNode
from harness.sensing.structs.sense import StreamRates
from harness.sensing.structs.state import HeadState
from hil_tests.support.packets import packets_of
from kernels_ref.edge import mock
from kernels_ref.edge.mock import Scenario
from kernels_ref.packets import EdgeVitals, FeatureState, VitalsFlags

CALIBRATION_S = 32
"""Thirty seconds of the empty room from the first frame on, and the two before that."""
PLAY_S = 70
"""Breathing needs a minute; a room that is left, or fallen silent in, some seconds."""
LAST_S = 10
"""At the end of a scenario: by then everybody has come in, and the filters have settled."""


class Said(StrEnum):
    """What there is to be said of a room."""

    EMPTY = "empty"
    STILL = "somebody still"
    MOVING = "somebody moving"
    FALLEN = "somebody fell"
    SEVERAL = "several"


@dataclass(frozen=True)
class Expectation:
    """What a person would say of a scenario, and in how many of fifty rooms the node has to say it.

    falls: how many it reports in those rooms; in the others there is none too many.
    """

    said: frozenset[Said]
    rooms: int = 50
    falls: int = 0


_NOBODY = Expectation(frozenset({Said.EMPTY}))
_SOMEBODY_OR_NOT = frozenset({Said.EMPTY, Said.STILL, Said.SEVERAL})

EXPECTED = {
    Scenario.EMPTY: _NOBODY,
    # In one room of fifty a breath moves as much as a step does elsewhere, or next to nothing.
    Scenario.STATIC_PERSON: Expectation(frozenset({Said.STILL}), 48),
    Scenario.WALKING: Expectation(frozenset({Said.MOVING}), 48),
    # A radio that falls silent for a second hides what happens in it.
    Scenario.FALL: Expectation(frozenset({Said.FALLEN}), 48, falls=1),
    # How many they are is said where their breaths are told apart, which they need not be.
    Scenario.MULTI_PERSON: Expectation(frozenset({Said.STILL, Said.SEVERAL}), 48),
    Scenario.CHANNEL_SWEEP: _NOBODY,
    Scenario.MAC_FILTER: _NOBODY,
    Scenario.RING_OVERFLOW: _NOBODY,
    Scenario.RSSI_BOUNDARY: _NOBODY,
    Scenario.ZERO_LENGTH: _NOBODY,
    # Other carriers than those that were learnt: the room is learnt anew with the person in it.
    Scenario.CLEAN: Expectation(_SOMEBODY_OR_NOT),
    # Something does move.
    Scenario.FAN: Expectation(_SOMEBODY_OR_NOT | {Said.MOVING}),
    Scenario.GAIN_STEP: _NOBODY,
}
"""Chosen for what a scenario is, not for what the node said; 5 to 9 are of an empty room, with
trouble in the capture."""


@dataclass(frozen=True)
class Scene:
    """One scenario as the node told it: vitals (one a second), feature states (five a second)."""

    scenario: Scenario
    seed: int
    vitals: tuple[EdgeVitals, ...]
    states: tuple[FeatureState, ...]

    @property
    def truth(self) -> mock.Truth:
        return mock.truth(self.scenario, self.seed)

    @property
    def falls(self) -> int:
        """Vitals that report one."""
        return self._count(VitalsFlags.FALL, self.vitals)

    @property
    def last(self) -> tuple[EdgeVitals, ...]:
        """The vitals of the last seconds."""
        return self.vitals[-LAST_S:]

    def share(self, flag: VitalsFlags) -> float:
        """The share of the last seconds in which the flag was up."""
        return self._count(flag, self.last) / len(self.last)

    @property
    def breathing_bpm(self) -> float | None:
        """The median of the last seconds, of those in which there was one."""
        return _median([v.breathing_bpm_x100 / 100 for v in self.last])

    @property
    def heart_bpm(self) -> float | None:
        """As breathing."""
        return _median([v.heart_bpm_x10000 / 10000 for v in self.last])

    @property
    def persons(self) -> int:
        """The median of the last seconds, rounded down."""
        return int(np.median([v.n_persons for v in self.last]))

    @property
    def said(self) -> Said:
        """The one thing to be said of it."""
        if self.falls:
            return Said.FALLEN
        if self.share(VitalsFlags.PRESENCE) < 0.5:
            return Said.EMPTY
        if self.share(VitalsFlags.MOTION) >= 0.5:
            return Said.MOVING
        return Said.SEVERAL if self.persons > 1 else Said.STILL

    @staticmethod
    def _count(flag: VitalsFlags, of: tuple[EdgeVitals, ...]) -> int:
        return sum(bool(v.flags & flag) for v in of)


def without_head(node: SensingNode) -> None:
    """End the temporal task, where only sensing is looked at: on an emulator the head would take
    most of the time."""
    if node.status().head_state == HeadState.ON:
        node.stop_task()


def calibrate(node: SensingNode, seed: int) -> None:
    """Show the node the empty room of this seed until it knows it; the temporal task ends."""
    without_head(node)
    node.stream_rates(StreamRates(raw_every=0, compressed_every=0, vitals_ms=1000, vector_ms=1000))
    node.mock_scenario(Scenario.EMPTY, seed)
    node.advance(seconds=CALIBRATION_S)


def play(node: SensingNode, scenario: Scenario, seed: int, seconds: int = PLAY_S) -> Scene:
    """Play a scenario in the room of this seed, which has been calibrated."""
    node.mirror(True)
    node.clear_packets()
    node.mock_scenario(scenario, seed)
    node.advance(seconds=seconds)
    vitals, states = packets_of(node, EdgeVitals), packets_of(node, FeatureState)
    node.mirror(False)
    return Scene(scenario, seed, tuple(vitals), tuple(states))


def _median(values: list[float]) -> float | None:
    found = [value for value in values if value > 0]
    return float(np.median(found)) if found else None
