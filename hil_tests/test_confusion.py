"""What the node says of fifty rooms in each scenario, counted.

The figures are the same on every target, because every target computes the same bits; they are
counted where that takes seconds.
"""

from __future__ import annotations

from collections import Counter

import pytest

from harness.node import Node
from harness.plugin.fixtures import Measure
from harness.report import Journal
from hil_tests.support.scene import EXPECTED, PLAY_S, Said, Scene, calibrate, play
from kernels_ref.edge.mock import Scenario
from kernels_ref.packets import VitalsFlags

SEEDS = range(1, 51)
BPM = 1.0
SOMEBODY = VitalsFlags.PRESENCE | VitalsFlags.MOTION | VitalsFlags.FALL


def scenes(node: Node, scenario: Scenario) -> list[Scene]:
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
    node: Node, scenario: Scenario, measure: Measure, metrics: Journal
) -> None:
    told = scenes(node, scenario)
    counts = Counter(scene.said for scene in told)
    expected = EXPECTED[scenario]
    said = ", ".join(f"{what} {times}" for what, times in counts.most_common())
    wrong = [scene.seed for scene in told if scene.said is not expected]
    name = scenario.name.lower().replace("_", " ")
    metrics.record("confusion", scenario=scenario.name, expected=expected, counts=dict(counts))
    measure(
        f"scenario {name}: other than expected",
        len(wrong),
        f"of {len(SEEDS)} rooms",
        budget=0,
        description=f"expected: {expected}; said: {said}",
    )
    assert not wrong, f"{name}: expected {expected}; said {said}; seeds {wrong}"
    if expected is Said.EMPTY:
        false_s = sum(bool(v.flags & SOMEBODY) for scene in told for v in scene.vitals)
        measure(f"scenario {name}: false alarm", false_s, f"of {len(told) * PLAY_S} s", budget=0)
        assert not false_s, f"{name}: somebody is reported in {false_s} seconds"
    if expected is Said.FALLEN:
        twice = [scene.seed for scene in told if scene.falls != 1]
        assert not twice, f"seeds {twice}: one fall is reported more than once"
    if expected in (Said.STILL, Said.FALLEN):
        errors = [breathing_error(scene) for scene in told]
        worst = max(errors)
        measure(f"scenario {name}: breathing error", worst, "1/min", budget=BPM)
        assert worst <= BPM, f"seed {SEEDS[errors.index(worst)]}: {worst:.2f} breaths a minute off"


def breathing_error(scene: Scene) -> float:
    """Breaths a minute between what the node says and what was synthesised."""
    (person,) = scene.truth.persons
    assert scene.breathing_bpm is not None, f"seed {scene.seed}: no breathing was found"
    return abs(scene.breathing_bpm - person.breaths_bpm)
