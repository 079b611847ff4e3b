"""The adaptive controller: its decision as a pure function, and the feature state it sends."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from harness.sensing.node import SensingNode
from harness.sensing.structs.controller import ControllerState, Observation
from hil_tests.support.packets import packets_of
from kernels_ref.packets import FeatureState, Quality

FAST_TICK_US = 200_000
PASSIVE_LOW_RATE, RESPIRATION, FAST_MOTION = 0, 2, 3
IDLE, ACTIVE = ControllerState.SENSE_IDLE, ControllerState.SENSE_ACTIVE
ALERT, DEGRADED = ControllerState.ALERT, ControllerState.DEGRADED


def below(value: float) -> float:
    """Return the float32 next below `value`."""
    return float(np.nextafter(np.float32(value), np.float32(0)))


WELL = Observation(coherence=0.9, pkt_yield=20)
TABLE = {
    "nothing moves": ({}, IDLE, PASSIVE_LOW_RATE),
    "yield at the minimum": ({"pkt_yield": 5}, IDLE, PASSIVE_LOW_RATE),
    "yield below the minimum": ({"pkt_yield": 4}, DEGRADED, None),
    "no packets": ({"pkt_yield": 0}, DEGRADED, None),
    "coherence at the minimum": ({"coherence": 0.2}, IDLE, PASSIVE_LOW_RATE),
    "coherence below the minimum": ({"coherence": below(0.2)}, DEGRADED, None),
    "starved before alert": ({"pkt_yield": 4, "anomaly": 1.0}, DEGRADED, None),
    "incoherent before motion": ({"coherence": 0.1, "motion": 1.0}, DEGRADED, None),
    "anomaly at the limit": ({"anomaly": 0.6}, ALERT, None),
    "anomaly below the limit": ({"anomaly": below(0.6)}, IDLE, PASSIVE_LOW_RATE),
    "alert before motion": ({"anomaly": 0.7, "motion": 0.9}, ALERT, None),
    "motion at the limit": ({"motion": 0.2}, ACTIVE, None),
    "motion below the limit": ({"motion": below(0.2)}, IDLE, PASSIVE_LOW_RATE),
    "motion before presence": ({"motion": 0.2, "presence": 1.0}, ACTIVE, None),
    "present and still": ({"presence": 0.5, "motion": below(0.05)}, IDLE, RESPIRATION),
    "hardly present": ({"presence": below(0.5)}, IDLE, PASSIVE_LOW_RATE),
    "present, not still": ({"presence": 0.5, "motion": 0.05}, IDLE, PASSIVE_LOW_RATE),
    "present, almost active": ({"presence": 0.9, "motion": below(0.2)}, IDLE, PASSIVE_LOW_RATE),
}


@pytest.mark.parametrize("name", TABLE)
def test_decision(node: SensingNode, name: str) -> None:
    change, state, profile = TABLE[name]
    decision = node.decide(dataclasses.replace(WELL, **change))
    assert ControllerState(decision.state) == state
    if profile is not None:
        assert decision.profile == profile


def test_the_decision_is_pure(node: SensingNode) -> None:
    """Neither the order of questions nor the observation in force changes an answer."""
    rng = np.random.default_rng(7)
    questions = [
        Observation(*(float(np.float32(x)) for x in rng.uniform(0, 1, 9)), int(rng.integers(0, 9)))
        for _ in range(40)
    ]
    first = [node.decide(question) for question in questions]
    node.observe(questions[0])
    node.advance(seconds=2)
    assert [node.decide(question) for question in reversed(questions)] == first[::-1]


def features(node: SensingNode) -> list[FeatureState]:
    return packets_of(node, FeatureState)


def test_feature_state_comes_every_200_ms(node: SensingNode) -> None:
    node.mirror(True)
    node.advance(seconds=10)
    sent = features(node)
    assert [packet.ts_us for packet in sent] == [FAST_TICK_US * i for i in range(1, 51)]
    gaps = [(b.seq - a.seq) & 0xFFFF for a, b in pairwise(sent)]
    assert gaps == [1] * 49, f"feature sequence numbers step by {sorted(set(gaps))}, expected 1"


@pytest.mark.parametrize("step_ms", [7, 199, 200, 333, 5000])
def test_the_cadence_does_not_depend_on_how_time_is_advanced(
    node: SensingNode, step_ms: int
) -> None:
    node.mirror(True)
    for _ in range(max(1, 1000 // step_ms)):
        node.advance(ms=step_ms)
    end_us = max(1, 1000 // step_ms) * step_ms * 1000
    expected = list(range(FAST_TICK_US, end_us + 1, FAST_TICK_US))
    assert [packet.ts_us for packet in features(node)] == expected


def test_feature_state_carries_the_observation(node: SensingNode) -> None:
    observation = Observation(
        motion=0.25,
        presence=0.75,
        respiration_bpm=14.5,
        respiration_conf=0.5,
        heartbeat_bpm=71.25,
        heartbeat_conf=0.375,
        anomaly=0.125,
        env_shift=0.0625,
        coherence=0.875,
        pkt_yield=20,
        quality_flags=int(Quality.PRESENCE_VALID | Quality.HEARTBEAT_VALID),
    )
    node.mirror(True)
    node.observe(observation)
    node.advance(ms=200)
    (packet,) = features(node)
    assert packet == FeatureState(
        node_id=packet.node_id,
        mode=node.decide(observation).profile,
        seq=packet.seq,
        ts_us=FAST_TICK_US,
        motion_score=0.25,
        presence_score=0.75,
        respiration_bpm=14.5,
        respiration_conf=0.5,
        heartbeat_bpm=71.25,
        heartbeat_conf=0.375,
        anomaly_score=0.125,
        env_shift_score=0.0625,
        node_coherence=0.875,
        quality_flags=5,
    )


@pytest.mark.parametrize(
    ("change", "flag"),
    [({"pkt_yield": 0}, Quality.DEGRADED_MODE), ({"anomaly": 0.9}, Quality.ANOMALY_TRIGGERED)],
    ids=["degraded", "alert"],
)
def test_feature_state_flags_the_state(node: SensingNode, change: dict, flag: Quality) -> None:
    node.mirror(True)
    node.observe(dataclasses.replace(WELL, **change))
    node.advance(ms=200)
    assert features(node)[-1].quality_flags == flag


def test_the_state_follows_the_observation_and_comes_back(node: SensingNode) -> None:
    states = []
    for change in ({}, {"motion": 0.5}, {"anomaly": 0.8}, {"pkt_yield": 1}, {}):
        node.observe(dataclasses.replace(WELL, **change))
        node.advance(ms=200)
        states.append(ControllerState(node.status().controller_state))
    assert states == [IDLE, ACTIVE, ALERT, DEGRADED, IDLE]


def test_a_score_out_of_range_is_clipped_and_the_packet_stays_valid(node: SensingNode) -> None:
    node.mirror(True)
    node.observe(dataclasses.replace(WELL, motion=7.5, presence=-1.0, env_shift=float("nan")))
    node.advance(ms=200)
    (packet,) = features(node)
    assert (packet.motion_score, packet.presence_score, packet.env_shift_score) == (1.0, 0.0, 0.0)
