"""Each scenario gives what a person in front of it would expect of the node.

Bounds: a flag is up, or down, in all of the last ten seconds; breathing is within one a minute of
what was synthesised. The rooms are such in which that can be had: `test_confusion.py` counts in how
many it is.
"""

from __future__ import annotations

import numpy as np
import pytest

from harness.sensing.node import SensingNode
from harness.sensing.structs.controller import ControllerState
from harness.sensing.structs.csi import CsiStatus
from hil_tests.support.scene import CALIBRATION_S, EXPECTED, PLAY_S, Scene, calibrate, play
from hil_tests.support.streams import checked_streams
from kernels_ref.edge import mock
from kernels_ref.edge.mock import Fate, Scenario
from kernels_ref.packets import Quality, VitalsFlags

SEEDS = (11, 12)
TOLD_APART = (2, 7)
BPM = 1.0
STILL_S = 3  # for so long somebody has to lie still before that was a fall
SLOTS = PLAY_S * mock.RATE_HZ
PRESENCE, MOTION = VitalsFlags.PRESENCE, VitalsFlags.MOTION

seeds = pytest.mark.parametrize("seed", SEEDS)


def scene(node: SensingNode, scenario: Scenario, seed: int) -> Scene:
    """Return what the node told of the scenario after it had learnt the empty room."""
    calibrate(node, seed)
    told = play(node, scenario, seed)
    assert len(told.vitals) == PLAY_S
    assert len(told.states) == 5 * PLAY_S
    checked_streams(node)
    return told


def check_empty(told: Scene) -> None:
    """Demand that nobody was seen in any second of it."""
    __tracebackhide__ = True
    where = f"{told.scenario.name} seed {told.seed}"
    for name in ("PRESENCE", "MOTION", "FALL"):
        seen = [i for i, v in enumerate(told.vitals, 1) if v.flags & VitalsFlags[name]]
        assert not seen, f"{where}: nobody is there, and {name} is reported in seconds {seen}"
    assert {v.n_persons for v in told.vitals} == {0}, where
    assert not any(state.quality_flags & Quality.RESPIRATION_VALID for state in told.states), where


def check_share(told: Scene, flag: VitalsFlags, expected: float) -> None:
    """Demand that a flag is up in all of the last seconds, or in none."""
    __tracebackhide__ = True
    up = round(told.share(flag) * len(told.last))
    wanted = round(expected * len(told.last))
    assert up == wanted, (
        f"{told.scenario.name} seed {told.seed}: {flag.name} is up in {up} of the last"
        f" {len(told.last)} seconds, expected {wanted}"
    )


def check_falls(told: Scene, synthesised: int) -> None:
    """Demand as many falls as there were."""
    __tracebackhide__ = True
    words = {0: "no fall", 1: "one fall"}[synthesised]
    assert told.falls == synthesised, (
        f"{told.scenario.name} seed {told.seed}: {words} was synthesised,"
        f" {told.falls} were reported"
    )


def check_status(node: SensingNode, told: Scene, **others: int) -> CsiStatus:
    """Demand that capture counted what the source brought since restore, and these besides."""
    __tracebackhide__ = True
    learnt, slots = CALIBRATION_S * mock.RATE_HZ, PLAY_S * mock.RATE_HZ
    empty = mock.arrivals(Scenario.EMPTY, told.seed, learnt)
    before, opens_us = mock.capture(Scenario.EMPTY, empty)
    came = mock.arrivals(told.scenario, told.seed, slots, room_slot=learnt)
    after, _ = mock.capture(told.scenario, came, opens_us - CALIBRATION_S * 1_000_000)
    fates = np.bincount(np.concatenate([before, after]), minlength=len(mock.Fate))
    expected = {"zero_length": 0, "oversized": 0, "filtered": 0} | others
    expected |= {"received": int(fates.sum()) + sum(expected.values())}
    for name, fate in (("accepted", Fate.TAKEN), ("gated", Fate.GATED), ("dropped", Fate.DROPPED)):
        expected[name] = int(fates[fate])
    actual = node.csi_status()
    for name, count in expected.items():
        found = getattr(actual, name)
        assert found == count, f"capture counted {name} {found}, expected {count}"
    return actual


@seeds
def test_an_empty_room_is_empty(node: SensingNode, seed: int) -> None:
    check_empty(scene(node, Scenario.EMPTY, seed))
    assert node.sense_status().state == ControllerState.SENSE_IDLE


@seeds
def test_a_still_person_is_there_and_breathes(node: SensingNode, seed: int) -> None:
    told = scene(node, Scenario.STATIC_PERSON, seed)
    (person,) = told.truth.persons
    check_share(told, PRESENCE, 1)
    check_share(told, MOTION, 0)
    check_falls(told, 0)
    assert told.persons == 1
    assert told.breathing_bpm == pytest.approx(person.breaths_bpm, abs=BPM)
    assert node.sense_status().state == ControllerState.SENSE_IDLE


@seeds
def test_somebody_who_walks_moves(node: SensingNode, seed: int) -> None:
    told = scene(node, Scenario.WALKING, seed)
    check_share(told, PRESENCE, 1)
    check_share(told, MOTION, 1)
    check_falls(told, 0)
    assert told.breathing_bpm is None
    assert node.sense_status().state == ControllerState.SENSE_ACTIVE


@seeds
def test_a_fall_is_one_fall(node: SensingNode, seed: int) -> None:
    """It is told once they lie still, and the alert comes with it."""
    told = scene(node, Scenario.FALL, seed)
    (person,) = told.truth.persons
    assert person.fall_s is not None and person.settled_s is not None
    check_falls(told, 1)
    told_s = next(i for i, v in enumerate(told.vitals, 1) if v.flags & VitalsFlags.FALL)
    assert person.settled_s < told_s <= person.settled_s + STILL_S + 1
    alerts = [s.ts_us / 1e6 for s in told.states if s.quality_flags & Quality.ANOMALY_TRIGGERED]
    begun_s = told.states[0].ts_us / 1e6 - 0.2
    assert person.fall_s < alerts[0] - begun_s <= person.settled_s + STILL_S + 0.2
    check_share(told, PRESENCE, 1)  # they are still there,
    check_share(told, MOTION, 0)  # and lie still
    assert told.breathing_bpm == pytest.approx(person.breaths_bpm, abs=BPM)


@seeds
def test_two_persons_are_somebody_who_sits(node: SensingNode, seed: int) -> None:
    told = scene(node, Scenario.MULTI_PERSON, seed)
    check_share(told, PRESENCE, 1)
    check_share(told, MOTION, 0)
    check_falls(told, 0)
    assert told.persons in (1, len(told.truth.persons))


@pytest.mark.parametrize("seed", TOLD_APART)
def test_two_persons_whose_breaths_are_told_apart_are_two(node: SensingNode, seed: int) -> None:
    told = scene(node, Scenario.MULTI_PERSON, seed)
    assert told.persons == len(told.truth.persons) == 2


@seeds
def test_a_channel_sweep_is_no_person(node: SensingNode, seed: int) -> None:
    told = scene(node, Scenario.CHANNEL_SWEEP, seed)
    check_empty(told)
    assert check_status(node, told).hops == PLAY_S * 1_000_000 // mock.SWEEP_DWELL_US


@seeds
def test_strangers_are_filtered_and_counted(node: SensingNode, seed: int) -> None:
    told = scene(node, Scenario.MAC_FILTER, seed)
    check_empty(told)
    check_status(node, told, filtered=SLOTS)


@seeds
def test_a_full_ring_drops_and_nothing_else_goes_wrong(node: SensingNode, seed: int) -> None:
    told = scene(node, Scenario.RING_OVERFLOW, seed)
    check_empty(told)
    assert check_status(node, told).dropped > 0


@seeds
def test_signal_strength_at_its_ends_changes_nothing(node: SensingNode, seed: int) -> None:
    told = scene(node, Scenario.RSSI_BOUNDARY, seed)
    check_empty(told)
    status = check_status(node, told)
    assert (status.rssi_min, status.rssi_max) == (-128, 127)


@seeds
def test_frames_of_no_length_are_refused_and_counted(node: SensingNode, seed: int) -> None:
    told = scene(node, Scenario.ZERO_LENGTH, seed)
    check_empty(told)
    check_status(node, told, zero_length=SLOTS, oversized=SLOTS // mock.OVERSIZE_EACH)


@seeds
def test_a_fan_does_not_fall(node: SensingNode, seed: int) -> None:
    told = scene(node, Scenario.FAN, seed)
    assert told.truth.fan_hz is not None
    check_falls(told, 0)
    assert told.breathing_bpm is None


@seeds
def test_a_step_of_the_gain_is_nobody(node: SensingNode, seed: int) -> None:
    """It is common to all carriers, and carriers are looked at against each other."""
    check_empty(scene(node, Scenario.GAIN_STEP, seed))


@seeds
def test_the_clean_picture_is_learnt_as_another_link(node: SensingNode, seed: int) -> None:
    """Its carriers are none of those that were learnt; its phase, where its breathing is, is one
    that no radio delivers, and nothing is said of it."""
    told = scene(node, Scenario.CLEAN, seed)
    check_falls(told, 0)
    (person,) = told.truth.persons
    assert told.breathing_bpm in (None, pytest.approx(person.breaths_bpm, abs=BPM))
    check_status(node, told)


def test_every_scenario_has_its_expectation() -> None:
    assert set(EXPECTED) == set(Scenario)
