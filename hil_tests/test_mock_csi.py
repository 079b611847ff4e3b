"""The synthetic source: every byte as the generator on the host makes it, on every target."""

from __future__ import annotations

import numpy as np
import pytest

from harness.node import Node
from hil_tests.support.packets import check_sequence, packets_of
from hil_tests.support.refusal import refused
from kernels_ref.edge import mock
from kernels_ref.edge.mock import Scenario
from kernels_ref.packets import RawCsiFrame, channel_to_mhz

SECONDS = 10  # of the longest event that a scenario has: the fall comes after 10 to 15 s


def raw_frames(node: Node) -> list[RawCsiFrame]:
    return packets_of(node, RawCsiFrame)


def check_frames(sent: list[RawCsiFrame], scenario: Scenario, seed: int, count: int) -> None:
    """Demand the bytes, levels and channels of the scenario's first `count` frames."""
    __tracebackhide__ = True
    kept = mock.kept(scenario, count)
    expected = mock.frames(scenario, seed, count)[kept]
    assert len(sent) == len(expected)
    actual = np.stack([packet.pairs()[0] for packet in sent])
    different = np.argwhere(actual != expected)
    if len(different):
        frame, k, part = (int(x) for x in different[0])
        raise AssertionError(
            f"{scenario.name} seed {seed}: {len(different)} of {actual.size} values differ, first"
            f" frame {frame} subcarrier {k} {'IQ'[part]}: device {actual[frame, k, part]},"
            f" generator {expected[frame, k, part]}"
        )
    assert [packet.rssi for packet in sent] == mock.rssi(scenario, seed, count)[kept].tolist()
    mhz = [channel_to_mhz(int(c)) for c in mock.channels(scenario, count)[kept]]
    assert [packet.freq_mhz for packet in sent] == mhz


@pytest.mark.parametrize("seed", [1, 0xFFFFFFFF])
@pytest.mark.parametrize("scenario", Scenario, ids=lambda s: s.name.lower())
def test_frames_are_the_generator_s(node: Node, scenario: Scenario, seed: int) -> None:
    node.mirror(True)
    node.mock_scenario(scenario, seed)
    seconds = 17 if scenario is Scenario.FALL else SECONDS
    node.advance(seconds=seconds)
    sent = raw_frames(node)
    if scenario is Scenario.RING_OVERFLOW:
        seconds = 8  # whole cycles: the ring is empty again
        sent = sent[: int(np.count_nonzero(mock.kept(scenario, seconds * mock.RATE_HZ)))]
    check_frames(sent, scenario, seed, seconds * mock.RATE_HZ)
    check_sequence([packet.seq for packet in sent])


def test_a_room_goes_on_when_the_scenario_changes(node: Node) -> None:
    """The same seed is the same room, and its noise is not played again."""
    node.mirror(True)
    node.mock_scenario(Scenario.EMPTY, 7)
    node.advance(seconds=2)
    node.clear_packets()
    node.mock_scenario(Scenario.STATIC_PERSON, 7)
    node.advance(seconds=2)
    sent = np.stack([packet.pairs()[0] for packet in raw_frames(node)])
    expected = mock.frames(Scenario.STATIC_PERSON, 7, 40, room_frame=40)
    np.testing.assert_array_equal(sent, expected)


def test_another_seed_is_another_room(node: Node) -> None:
    node.mirror(True)
    node.mock_scenario(Scenario.EMPTY, 7)
    node.advance(seconds=1)
    node.mock_scenario(Scenario.EMPTY, 8)
    node.clear_packets()
    node.advance(seconds=1)
    check_frames(raw_frames(node), Scenario.EMPTY, 8, 20)


def test_frames_do_not_depend_on_how_time_is_advanced(node: Node) -> None:
    node.mirror(True)
    node.mock_scenario(Scenario.WALKING, 3)
    for step_ms in (7, 49, 1, 50, 143, 1750):
        node.advance(ms=step_ms)
    check_frames(raw_frames(node), Scenario.WALKING, 3, 40)


def test_an_end_is_an_end(node: Node) -> None:
    node.mirror(True)
    node.mock_scenario(Scenario.WALKING, 3)
    node.advance(seconds=1)
    node.mock_off()
    node.clear_packets()
    node.advance(seconds=1)
    assert raw_frames(node) == []


def test_a_scenario_that_does_not_exist_is_refused(node: Node) -> None:
    with refused("ESP_ERR_INVALID_ARG", saying="scenario 10"):
        node.mock_scenario(10, 1)  # type: ignore[arg-type]


def test_without_a_scenario_no_frame_comes(node: Node) -> None:
    node.mirror(True)
    node.advance(seconds=2)
    assert raw_frames(node) == []
    assert node.csi_status().received == 0
