"""What the node says of fifty rooms in each scenario, counted.

The figures are the same on every target, because every target computes the same bits; they are
counted where that takes seconds.
"""

from __future__ import annotations

from collections import Counter

import pytest

from harness.plugin.fixtures import Measure
from harness.report import Journal
from harness.sensing.node import SensingNode
from hil_tests.support.scene import EXPECTED, PLAY_S, Said, Scene, calibrate, play
from kernels_ref.edge.mock import Scenario
from kernels_ref.packets import VitalsFlags

SEEDS = range(1, 51)
BPM = 1.0
BREATHING = (Scenario.STATIC_PERSON, Scenario.FALL)
LEAST_FOUND = 45  # rooms of fifty; of recordings of a minute it is six of ten
LEAST_RIGHT = 0.97
SOMEBODY = VitalsFlags.PRESENCE | VitalsFlags.MOTION | VitalsFlags.FALL


def scenes(node: SensingNode, scenario: Scenario) -> list[Scene]:
    """Return the scenario in every room, each learnt anew."""
    told = []
    for seed in SEEDS:
        node.restore()
        calibrate(node, seed)
        told.append(play(node, scenario, seed))
    return told


@pytest.mark.slow
@pytest.mark.needs("full-speed", "stepped-clock")
@pytest.mark.parametrize("scenario", Scenario, ids=lambda s: s.name.lower())
def test_what_is_said_of_fifty_rooms(
    node: SensingNode, scenario: Scenario, measure: Measure, metrics: Journal
) -> None:
    told = scenes(node, scenario)
    counts = Counter(scene.said for scene in told)
    expected = EXPECTED[scenario]
    said = ", ".join(f"{what} {times}" for what, times in counts.most_common())
    wanted = " or ".join(sorted(expected.said))
    wrong = [scene.seed for scene in told if scene.said not in expected.said]
    name = scenario.name.lower().replace("_", " ")
    metrics.record("confusion", scenario=scenario.name, expected=wanted, counts=dict(counts))
    measure(
        f"scenario {name}: other than expected",
        len(wrong),
        f"of {len(SEEDS)} rooms",
        budget=len(SEEDS) - expected.rooms,
        description=f"expected: {wanted}; said: {said}",
    )
    assert len(SEEDS) - len(wrong) >= expected.rooms, f"expected {wanted}; said {said}; {wrong}"
    falls = {scene.seed: scene.falls for scene in told if scene.falls > expected.falls}
    assert not falls, f"{name}: falls that did not happen, by seed: {falls}"
    if expected.said == {Said.EMPTY}:
        false_s = sum(bool(v.flags & SOMEBODY) for scene in told for v in scene.vitals)
        measure(f"scenario {name}: false alarm", false_s, f"of {len(told) * PLAY_S} s", budget=0)
        assert not false_s, f"{name}: somebody is reported in {false_s} seconds"
    if scenario in BREATHING:
        check_breathing(name, told, measure)
    if scenario is Scenario.MULTI_PERSON:
        several = sum(scene.persons > 1 for scene in told)
        measure(f"scenario {name}: told to be several", several, f"of {len(told)} rooms")


def check_breathing(name: str, told: list[Scene], measure: Measure) -> None:
    """Demand breathing in most rooms, and that what is called valid is right."""
    found = [scene for scene in told if scene.breathing_bpm is not None]
    errors = {scene.seed: breathing_error(scene) for scene in found}
    right = sum(error <= BPM for error in errors.values())
    measure(f"scenario {name}: breathing found", len(found), "rooms", budget=LEAST_FOUND)
    measure(f"scenario {name}: breathing within 1/min", right, f"of {len(found)} rooms")
    assert len(found) >= LEAST_FOUND, f"found in {len(found)} rooms"
    assert right >= LEAST_RIGHT * len(found), f"off by, in breaths a minute, by seed: {errors}"


def breathing_error(scene: Scene) -> float:
    """Breaths a minute between what the node says and what was synthesised."""
    (person,) = scene.truth.persons
    assert scene.breathing_bpm is not None
    return abs(scene.breathing_bpm - person.breaths_bpm)
