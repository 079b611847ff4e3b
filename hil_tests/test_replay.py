"""A recording through the node's capture again: the twin's features, and those of the recording."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.compare import Budget, Term
from harness.node import Node
from harness.plugin.bench import Bench
from harness.reception import DEFAULT_UDP_PORT, Datagram, Reception, from_file
from harness.reception.recording import Recording
from harness.replay import (
    FeatureErrors,
    Recorded,
    TimedFrame,
    feed,
    read_recording,
    ticks_of,
    twin_errors,
)
from harness.replay.table import replay_table
from hil_tests.support.judge import Judge
from kernels_ref.edge.mock import Scenario, arrivals
from kernels_ref.packets import RawCsiFrame

pytestmark = pytest.mark.needs("stepped-clock")

REASON = "running error analysis of the same formulas in float32 (kernels_ref.edge.bounded)"
SECONDS = 15


def check_against_twin(judge: Judge, errors: list[FeatureErrors]) -> None:
    """Demand that every feature the node sent is the twin's, within the twin's own bound."""
    __tracebackhide__ = True
    for feature in errors:
        budget = Budget((Term("bound", feature.bound, REASON),))
        judge.within(f"replay {feature.name}", ("tick",), feature.sent, feature.right, budget)


def test_a_recording_gives_the_twins_features(
    node: Node,
    judge: Judge,
    recording: Recorded,
    hil_bench: Bench,
    pytestconfig: pytest.Config,
) -> None:
    """The recording named by --recording; without it the one in fixtures/."""
    replay = feed(node, recording, hil_bench.speaker.percent("replaying"))
    taken = node.csi_status()
    assert taken.accepted == len(recording.frames), f"of {len(recording.frames)} frames: {taken}"
    errors = twin_errors(replay)
    if pytestconfig.option.recording is not None:
        hil_bench.speaker.show(replay_table(recording, errors))
    check_against_twin(judge, errors)


@pytest.mark.parametrize("late_us", [0, 1, 2])
def test_frames_taken_as_features_are_sent(node: Node, judge: Judge, late_us: int) -> None:
    """At the very microsecond of a feature state, just behind it, and a little later."""
    frames = [
        TimedFrame(50_000 * (i + 1) + late_us, _raw(i, iq.tobytes()))
        for i, iq in enumerate(arrivals(Scenario.CLEAN, 5, 100).iq)
    ]
    recorded = Recorded(node=1, rate_hz=20.0, frames=frames, sent=[], lost=0)
    errors = twin_errors(feed(node, recorded))
    assert len(errors[0].sent) >= 24
    check_against_twin(judge, errors)


def _raw(seq: int, iq: bytes) -> RawCsiFrame:
    return RawCsiFrame(
        node_id=1,
        n_antennas=1,
        n_subcarriers=len(iq) // 2,
        freq_mhz=2437,
        seq=seq,
        rssi=-50,
        noise_floor=-92,
        iq=iq,
    )


@pytest.mark.parametrize("seed", [3, 4])
def test_what_a_node_sent_it_sends_again(
    node: Node, reception: Reception, judge: Judge, tmp_path: Path, seed: int
) -> None:
    """Recorded from the node as `hil record` does, and replayed: the same features, bit for bit.

    The clean picture, whose frames are as far apart as their number says.
    """
    node.mock_scenario(Scenario.CLEAN, seed)
    node.advance(seconds=SECONDS)
    file = tmp_path / "recording.pcap"
    with Recording(file, DEFAULT_UDP_PORT) as out:
        for packet in reception.collect():
            out.write(Datagram(packet.encode(), 0.0, "node"))
    assert reception.checker.problems() == []
    recorded = read_recording(from_file(file, DEFAULT_UDP_PORT))
    assert (len(recorded.frames), recorded.rate_hz, recorded.lost) == (SECONDS * 20, 20.0, 0)
    replay = feed(node, recorded)
    before, after = ticks_of(recorded.sent, replay.shift_us), ticks_of(replay.packets)
    again = {(tick.ts_us, *tick.values): tick.values for tick in after}
    assert len(before) >= SECONDS * 5
    for tick in before:
        assert again[(tick.ts_us, *tick.values)] == tick.values, f"at {tick.ts_us} us"
    assert any(np.any(list(tick.values.values())) for tick in before)
    check_against_twin(judge, twin_errors(replay))
