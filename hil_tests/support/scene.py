"""Playing a scenario to a node, and what a person would say of what it then sends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from harness.node import Node
from harness.node.structs import HeadState, StreamRates
from hil_tests.support.packets import packets_of
from kernels_ref.edge import mock
from kernels_ref.edge.mock import Scenario
from kernels_ref.packets import EdgeVitals, FeatureState, VitalsFlags

CALIBRATION_S = 62
"""1,200 frames of the empty room, and the two seconds before them."""
PLAY_S = 40
LAST_S = 10
"""At the end of a scenario: by then everybody has come in, and the filters have settled."""


class Said(StrEnum):
    """What there is to be said of a room."""

    EMPTY = "empty"
    STILL = "somebody still"
    MOVING = "somebody moving"
    FALLEN = "somebody fell"
    SEVERAL = "several"


EXPECTED = {
    Scenario.EMPTY: Said.EMPTY,
    Scenario.STATIC_PERSON: Said.STILL,
    Scenario.WALKING: Said.MOVING,
    Scenario.FALL: Said.FALLEN,
    Scenario.MULTI_PERSON: Said.SEVERAL,
    Scenario.CHANNEL_SWEEP: Said.EMPTY,
    Scenario.MAC_FILTER: Said.EMPTY,
    Scenario.RING_OVERFLOW: Said.EMPTY,
    Scenario.RSSI_BOUNDARY: Said.EMPTY,
    Scenario.ZERO_LENGTH: Said.EMPTY,
    Scenario.CLEAN: Said.STILL,
    Scenario.FAN: Said.MOVING,
    Scenario.GAIN_STEP: Said.EMPTY,
}
"""What a person would say; 5 to 9 are of an empty room, with trouble in the capture."""


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


def without_head(node: Node) -> None:
    """End the temporal task, where only sensing is looked at: on an emulator the head would take
    most of the time."""
    if node.status().head_state == HeadState.ON:
        node.stop_task()


def calibrate(node: Node, seed: int) -> None:
    """Show the node the empty room of this seed until it knows it; the temporal task ends."""
    without_head(node)
    node.stream_rates(StreamRates(raw_every=0, compressed_every=0, vitals_ms=1000, vector_ms=1000))
    node.mock_scenario(Scenario.EMPTY, seed)
    node.advance(seconds=CALIBRATION_S)


def play(node: Node, scenario: Scenario, seed: int, seconds: int = PLAY_S) -> Scene:
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
