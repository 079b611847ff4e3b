"""A replay's verdict: the node beside the twin, and whose fault it is when something goes wrong."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from harness.errors import NodeSilent
from harness.sensing.recordings.frames import CaptureGate
from harness.sensing.replay import result as result_module
from harness.sensing.replay.compare import compare_with_twin
from harness.sensing.replay.events import Sender
from harness.sensing.replay.feed import Replay
from harness.sensing.replay.frames import Boot, Recorded, TimedFrame
from harness.sensing.replay.result import ReplayFailed, replay_all
from kernels_ref.edge.config import CsiFrame
from kernels_ref.edge.mock import GATE_US, Scenario, arrivals
from kernels_ref.edge.twin import FLOATS, EdgeTwin, Features
from kernels_ref.packets import FeatureState, FeatureVector, Packet
from tests.harness.replayable import FEATURES, raw
from tests.schema.examples import EXAMPLES

VECTOR = next(p for p, _ in EXAMPLES if isinstance(p, FeatureVector))
SECOND_US, PERIOD = 1_000_000, 50_000


def taken(seconds: float, begin_us: int = PERIOD) -> list[CsiFrame]:
    """Frames of the clean picture, 20 a second."""
    made = arrivals(Scenario.CLEAN, 5, round(seconds * 20)).iq
    return [CsiFrame(begin_us + i * PERIOD, iq, len(iq)) for i, iq in enumerate(made)]


def as_device(features: Features) -> Any:
    """What a node without rounding would have decided."""
    return SimpleNamespace(
        **{name: features[name] for name in FLOATS},
        active=int(features.active),
        fall=int(features.fall),
        n_persons=features.n_persons,
        quality_flags=int(features.quality_flags),
        refused=0,
    )


def state_of(features: Features, ts_us: int) -> FeatureState:
    names = {
        "motion": "motion_score",
        "presence": "presence_score",
        "anomaly": "anomaly_score",
        "env_shift": "env_shift_score",
        "coherence": "node_coherence",
    }
    same = ("respiration_bpm", "respiration_conf", "heartbeat_bpm", "heartbeat_conf")
    values = {field: float(np.float32(features[name])) for name, field in names.items()}
    values |= {name: float(np.float32(features[name])) for name in same}
    return dataclasses.replace(FEATURES, ts_us=ts_us, **values)


def played(frames: Sequence[CsiFrame], ticks_us: Sequence[int]) -> Replay:
    """What a node without rounding sends of these frames, which knows nothing when it hears none
    for three seconds."""
    twin, seen, packets, at = EdgeTwin(), [], [], 0
    for tick_us in ticks_us:
        while at < len(frames) and frames[at].ts_us <= tick_us:
            if at and frames[at].ts_us - frames[at - 1].ts_us > 3 * SECOND_US:
                twin.silent()
            seen.append(as_device(twin.push(frames[at])))
            at += 1
        if at and tick_us - frames[at - 1].ts_us >= 3 * SECOND_US:
            twin.silent()
        packets.append(state_of(twin.features(), tick_us))
    return Replay(list(frames[:at]), seen, list(packets), 0, 0, None)  # type: ignore[arg-type]


def ticks(seconds: float) -> list[int]:
    return list(range(200_000, round(seconds * 1e6) + 1, 200_000))


def test_a_right_node_is_right() -> None:
    compared = compare_with_twin(played(taken(10), ticks(10)))
    assert not compared.decided_otherwise
    assert {feature.name for feature in compared.errors} >= {"motion", "presence", "coherence"}
    assert all(len(feature.sent) == 50 for feature in compared.errors)
    assert max(feature.worst_share for feature in compared.errors) <= 1


def test_silence_is_no_fault_of_the_node() -> None:
    """Four seconds without a frame, in the middle and at the end."""
    frames = [*taken(5), *taken(5, begin_us=9 * SECOND_US)]
    compared = compare_with_twin(played(frames, ticks(18)))
    coherence = next(feature for feature in compared.errors if feature.name == "coherence")
    assert np.any(coherence.right == 0)
    assert max(feature.worst_share for feature in compared.errors) <= 1


@pytest.mark.parametrize("name", ["motion_score", "node_coherence", "respiration_bpm"])
def test_a_wrong_feature_is_found(name: str) -> None:
    replay = played(taken(10), ticks(10))
    packet = replay.packets[30]
    assert isinstance(packet, FeatureState)
    wrong = getattr(packet, name) + (0.01 if getattr(packet, name) < 0.5 else -0.01)
    replay.packets[30] = dataclasses.replace(packet, **{name: wrong})
    compared = compare_with_twin(replay)
    beyond = [feature.name for feature in compared.errors if feature.worst_share > 1]
    assert len(beyond) == 1


def test_a_decision_that_rounding_cannot_explain_is_found() -> None:
    """After calibration the room decides with each bin whether somebody moves."""
    replay = played(taken(40), ticks(40))
    for seen in replay.seen[700:]:
        seen.active = 1 - seen.active
    compared = compare_with_twin(replay)
    beyond = [feature.name for feature in compared.errors if feature.worst_share > 1]
    assert compared.decided_otherwise or beyond


def test_a_fall_is_told_once_in_the_next_vector() -> None:
    replay = played(taken(3), ticks(3))
    vectors: list[Packet] = [
        dataclasses.replace(VECTOR, timestamp_us=n * SECOND_US, features=(0.0,) * 6 + (fall, 0.0))
        for n, fall in ((1, 0.0), (2, 1.0))
    ]
    replay.packets[:] = vectors
    fell = next(f for f in compare_with_twin(replay).errors if f.name == "vector[6]")
    assert fell.sent.tolist() == [0.0, 1.0]
    assert fell.right.tolist() == [0.0, 0.0]
    assert fell.worst_share > 1


# ---- whose fault ------------------------------------------------------------------------------


def recorded() -> Recorded:
    boot = Boot(1, 20.0, [TimedFrame(PERIOD * n, raw(n)) for n in range(1, 5)], [], 0)
    return Recorded(Sender(1), [boot], 4)


def no_progress(_doing: str) -> Any:
    return lambda _done, _all: None


def test_a_fault_of_the_tool_judges_no_node() -> None:
    class Node:
        def restore(self) -> None:
            raise ValueError("after_us -214748364750000")

    with pytest.raises(ReplayFailed, match=r"while handing the frames over: ValueError: after_us"):
        replay_all(Node(), recorded(), "x", no_progress)  # type: ignore[arg-type]


def test_a_fault_of_the_twin_judges_no_node(monkeypatch: pytest.MonkeyPatch) -> None:
    def compare(*_args: object) -> None:
        raise KeyError("motion")

    monkeypatch.setattr(result_module, "feed", lambda *_: played(taken(1), ticks(1)))
    monkeypatch.setattr(result_module, "compare_with_twin", compare)
    with pytest.raises(ReplayFailed, match="comparing: KeyError"):
        replay_all(None, recorded(), "x", no_progress)  # type: ignore[arg-type]


def test_a_silent_node_is_the_node_s_fault() -> None:
    class Node:
        def restore(self) -> None:
            raise NodeSilent("restore", 1.0)

    with pytest.raises(NodeSilent):
        replay_all(Node(), recorded(), "x", no_progress)  # type: ignore[arg-type]


# ---- the gate ---------------------------------------------------------------------------------


@pytest.mark.parametrize("spacing_us", [1000, 7000, 10_000, 16_000, 19_000, 20_000, 33_000])
def test_the_gate_holds_its_rate_for_any_spacing(spacing_us: int) -> None:
    gate = CaptureGate()
    passed = sum(gate.passes(5000 + n * spacing_us) for n in range(1000))
    most = 1000 * spacing_us / max(GATE_US, spacing_us)
    assert abs(passed - most) <= 2


def test_frames_at_one_moment_are_one() -> None:
    gate = CaptureGate()
    assert [gate.passes(50_000) for _ in range(3)] == [True, False, False]
