"""The controller on what the node senses: the way to sensing, starvation, and back."""

from __future__ import annotations

import numpy as np
import pytest

from harness.sensing.node import SensingNode
from harness.sensing.structs.controller import ControllerState, Observation
from harness.sensing.structs.csi import CsiFrameRequest
from harness.sensing.structs.edge import EdgeFeatures
from harness.sensing.structs.settings import Setting
from harness.sensing.structs.state import HeadState
from hil_tests.support.judge import Judge
from hil_tests.support.model import REFERENCE
from hil_tests.support.packets import classifications, packets_of
from hil_tests.support.scene import CALIBRATION_S, calibrate, without_head
from kernels_ref.edge.mock import ACCESS_POINT, PAIRS, RATE_HZ, STRANGER, Scenario, arrivals, heard
from kernels_ref.packets import FeatureState, Quality

RADIO_INIT, TIME_SYNC = ControllerState.RADIO_INIT, ControllerState.TIME_SYNC
CALIBRATION, DEGRADED = ControllerState.CALIBRATION, ControllerState.DEGRADED
IDLE, ACTIVE = ControllerState.SENSE_IDLE, ControllerState.SENSE_ACTIVE
SEED = 7
MIN_YIELD = 18
"""Frames a second that the radio of this room hears; others fall silent for up to a second."""
SILENT_SEED, SILENT_S = 16, 21
"""A room whose radio does, and the second of it after which less than five frames have come."""


def state_after(node: SensingNode, seconds: float) -> ControllerState:
    node.advance(seconds=seconds)
    return ControllerState(node.sense_status().state)


def states_of(node: SensingNode) -> list[tuple[int, int]]:
    """Seconds and state of every second of the way, without repeats of a state."""
    way: list[tuple[int, int]] = []
    for second in range(1, 66):
        state = state_after(node, 1)
        if not way or way[-1][1] != state:
            way.append((second, state))
    return way


def test_the_way_to_sensing(node: SensingNode) -> None:
    """Two seconds for the frame clock, and thirty of the empty room from the first frame on."""
    without_head(node)
    node.mock_scenario(Scenario.EMPTY, SEED)
    assert states_of(node) == [(1, TIME_SYNC), (3, CALIBRATION), (31, IDLE)]


def test_a_source_that_brings_nothing_is_degraded(node: SensingNode) -> None:
    node.mock_scenario(Scenario.EMPTY, SEED)
    node.csi_filter(STRANGER)
    assert state_after(node, 2.8) is RADIO_INIT
    assert state_after(node, 0.4) is DEGRADED
    node.csi_filter(ACCESS_POINT)
    assert state_after(node, 1.0) is TIME_SYNC
    assert state_after(node, 2.0) is CALIBRATION


def test_calibration_is_said_in_the_feature_state(node: SensingNode) -> None:
    without_head(node)
    node.mirror(True)
    node.mock_scenario(Scenario.EMPTY, SEED)
    node.advance(seconds=35)
    sent = packets_of(node, FeatureState)
    calibrating = [p.ts_us for p in sent if p.quality_flags & Quality.CALIBRATING]
    assert (min(calibrating), max(calibrating)) == (200_000, 30_000_000)
    modes = {p.ts_us: p.mode for p in sent}
    assert (modes[1_000_000], modes[20_000_000], modes[34_000_000]) == (0, 4, 0)


def test_the_temporal_head_classifies_what_was_sensed(node: SensingNode, judge: Judge) -> None:
    """The frames it has taken are the feature states that were sent, padded with zeros."""
    if node.status().head_state != HeadState.ON:
        pytest.skip("needs head: this image has none, or none that runs")
    node.mirror(True)
    node.mock_scenario(Scenario.WALKING, SEED)
    node.advance(seconds=8)
    sent = packets_of(node, FeatureState)
    frames = np.zeros((len(sent), 16), np.float32)
    for row, state in zip(frames, sent, strict=True):
        row[:9] = (
            *(state.motion_score, state.presence_score),
            *(state.respiration_bpm, state.respiration_conf),
            *(state.heartbeat_bpm, state.heartbeat_conf),
            *(state.anomaly_score, state.env_shift_score, state.node_coherence),
        )
    assert np.ptp(frames[:, 8]) > 0, "the features do not move"
    expected = REFERENCE.expect(frames)
    result = node.classify()
    assert result.n_frames == len(sent)
    judge.within("logits", ("class",), result.logits, expected.logits, expected.budget)
    assert classifications(node)[-1].argmax == int(np.argmax(expected.logits))


@pytest.mark.parametrize("spacing_ms", [21, 40, 50, 80, 100])
def test_the_rate_of_a_source_is_measured(node: SensingNode, spacing_ms: int) -> None:
    """As with a radio: nobody says how many frames there are in a second."""
    without_head(node)
    node.csi_feed()
    hand_over(node, seconds=2.5, spacing_ms=spacing_ms)
    status = node.sense_status()
    assert status.rate_hz == pytest.approx(1000 / spacing_ms, rel=1e-4)
    assert (status.phase, status.state) == (CALIBRATION, CALIBRATION)


def test_too_few_frames_are_degraded(node: SensingNode) -> None:
    """Three a second are not sensed with; twenty are, when they come."""
    without_head(node)
    node.csi_feed()
    hand_over(node, seconds=5, spacing_ms=333)
    assert node.sense_status().rate_hz == pytest.approx(3.0, rel=0.01)
    assert state_after(node, 0.2) is DEGRADED
    hand_over(node, seconds=3, spacing_ms=50)
    assert node.sense_status().rate_hz == pytest.approx(20.0, rel=0.01)
    assert state_after(node, 0.2) is CALIBRATION


def hand_over(node: SensingNode, seconds: float, spacing_ms: int) -> None:
    """Bring frames of an empty room by hand."""
    after_us = spacing_ms * 1000
    header = CsiFrameRequest(tuple(ACCESS_POINT), 6, 1, PAIRS, -50, -92, after_us)
    count = round(seconds * 1000 / spacing_ms)
    for iq in arrivals(Scenario.EMPTY, SEED, 2 * count).iq[:count]:
        node.csi_frame(header, iq.tobytes())


# ---- starvation ----------------------------------------------------------------------------------


def test_starvation_degrades_and_frames_bring_it_back(node: SensingNode) -> None:
    calibrate(node, SEED)
    assert state_after(node, 1) is IDLE
    node.csi_filter(STRANGER)
    assert state_after(node, 0.6) is IDLE  # eight frames of the last second
    assert state_after(node, 0.4) is DEGRADED
    assert node.sense_status().pkt_yield == 0
    node.mirror(True)
    node.advance(ms=200)
    assert packets_of(node, FeatureState)[-1].quality_flags & Quality.DEGRADED_MODE
    node.csi_filter(ACCESS_POINT)
    assert state_after(node, 1) is IDLE
    assert node.sense_status().pkt_yield >= MIN_YIELD


def test_a_radio_that_falls_silent_for_a_second_is_degraded_and_comes_back(
    node: SensingNode,
) -> None:
    without_head(node)
    node.mock_scenario(Scenario.EMPTY, SILENT_SEED)
    assert state_after(node, SILENT_S - 2) is CALIBRATION
    assert state_after(node, 2) is DEGRADED
    ts_us = heard(Scenario.EMPTY, SILENT_SEED, SILENT_S * RATE_HZ).ts_us
    assert node.sense_status().pkt_yield == np.count_nonzero(ts_us > (SILENT_S - 1) * 1_000_000)
    assert state_after(node, 2) is CALIBRATION


def test_the_least_yield_is_a_setting(node: SensingNode) -> None:
    node.setting(Setting.MIN_PKT_YIELD, 21)
    node.restore()
    try:
        without_head(node)
        node.mock_scenario(Scenario.EMPTY, SEED)
        assert state_after(node, 5) is DEGRADED
    finally:
        node.setting(Setting.MIN_PKT_YIELD, 5)
        node.restore()


def test_incoherent_frames_degrade_and_coherent_ones_bring_it_back(node: SensingNode) -> None:
    """Noise in the place of frames: the yield is as before, there is nothing in it."""
    calibrate(node, SEED)
    node.mock_off()
    rng = np.random.default_rng(3)
    header = CsiFrameRequest(
        mac=tuple(ACCESS_POINT),
        channel=6,
        n_antennas=1,
        n_subcarriers=56,
        rssi=-50,
        noise_floor=-92,
        after_us=50_000,
    )
    for _ in range(60):
        node.csi_frame(header, rng.integers(-60, 61, 112).astype(np.int8).tobytes())
    assert node.sense_status().pkt_yield >= 19
    assert node.sense_status().features.coherence < 0.2
    assert ControllerState(node.sense_status().state) is DEGRADED
    node.mock_scenario(Scenario.EMPTY, SEED)
    assert state_after(node, 5) is CALIBRATION


def test_the_end_of_the_source_is_starvation(node: SensingNode) -> None:
    calibrate(node, SEED)
    node.mock_off()
    assert state_after(node, 1) is DEGRADED


# ---- what is told, what is learnt again ----------------------------------------------------------


def test_what_is_told_goes_before_what_is_sensed(node: SensingNode) -> None:
    node.mirror(True)
    node.mock_scenario(Scenario.EMPTY, SEED)
    node.observe(Observation(motion=0.5, coherence=0.75, pkt_yield=9))
    assert state_after(node, 1) is ACTIVE
    assert packets_of(node, FeatureState)[-1].motion_score == 0.5
    node.restore()
    node.mock_scenario(Scenario.EMPTY, SEED)
    assert state_after(node, 1) is TIME_SYNC


def test_the_room_can_be_learnt_again(node: SensingNode) -> None:
    """When somebody has gone who was there when it was learnt."""
    node.mock_scenario(Scenario.WALKING, SEED)
    node.advance(seconds=CALIBRATION_S)
    node.mock_scenario(Scenario.EMPTY, SEED)
    node.advance(seconds=10)
    node.recalibrate()
    assert state_after(node, 1) is CALIBRATION
    assert state_after(node, CALIBRATION_S) is IDLE
    assert node.sense_status().features.presence < 0.5
    node.mock_scenario(Scenario.WALKING, SEED)
    assert state_after(node, 20) is ACTIVE
    check_counts(node.sense_status().features)


def test_somebody_who_breathes_is_there_in_a_room_that_was_learnt_with_them(
    node: SensingNode,
) -> None:
    node.mirror(True)
    node.mock_scenario(Scenario.STATIC_PERSON, SEED)
    node.advance(seconds=CALIBRATION_S + 60)
    status = node.sense_status()
    assert ControllerState(status.state) is IDLE
    assert packets_of(node, FeatureState)[-1].quality_flags & Quality.RESPIRATION_VALID
    assert status.features.presence >= 0.5
    check_counts(status.features)


def check_counts(seen: EdgeFeatures) -> None:
    assert (seen.refused, seen.relinks, seen.gaps, seen.falls) == (0, 0, 0, 0)
