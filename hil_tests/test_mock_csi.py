"""The synthetic source: every byte as the generator on the host makes it, on every target."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from harness.sensing.node import SensingNode
from hil_tests.support.packets import check_sequence, packets_of
from hil_tests.support.refusal import refused
from kernels_ref.edge import mock
from kernels_ref.edge.mock import Arrivals, Scenario
from kernels_ref.packets import RawCsiFrame, channel_to_mhz

SECONDS = 10
CLEAN_CRC = 0x5FA85034


def raw_frames(node: SensingNode) -> list[RawCsiFrame]:
    return packets_of(node, RawCsiFrame)


def check_frames(
    sent: list[RawCsiFrame], expected: Arrivals, scenario: Scenario, seed: int
) -> None:
    """Demand the bytes, layouts, levels and channels of these frames, and no others."""
    __tracebackhide__ = True
    where = f"{scenario.name} seed {seed}"
    assert len(sent) == len(expected), where
    actual = np.stack([packet.pairs()[0] for packet in sent])
    different = np.argwhere(actual != expected.iq)
    if len(different):
        frame, k, part = (int(x) for x in different[0])
        raise AssertionError(
            f"{where}: {len(different)} of {actual.size} values differ, first frame {frame} pair"
            f" {k} part {part}: device {actual[frame, k, part]}, generator"
            f" {expected.iq[frame, k, part]}"
        )
    assert {packet.layout for packet in sent} == {mock.layout(scenario, seed)}, where
    assert [packet.rssi for packet in sent] == expected.rssi.tolist()
    assert [packet.freq_mhz for packet in sent] == [
        channel_to_mhz(channel) for channel in expected.channel.tolist()
    ]


@pytest.mark.parametrize("seed", [1, 0xFFFFFFFF])
@pytest.mark.parametrize("scenario", Scenario, ids=lambda s: s.name.lower())
def test_frames_are_the_generator_s(node: SensingNode, scenario: Scenario, seed: int) -> None:
    """As long as it takes: a fall comes within 16 s, the steps of the gain go round within 35."""
    node.mirror(True)
    node.mock_scenario(scenario, seed)
    seconds = {Scenario.FALL: 17, Scenario.GAIN_STEP: 35, Scenario.RING_OVERFLOW: 8}
    node.advance(seconds=seconds.get(scenario, SECONDS))
    sent = raw_frames(node)
    expected = mock.heard(scenario, seed, seconds.get(scenario, SECONDS) * mock.RATE_HZ)
    check_frames(sent, expected, scenario, seed)
    check_sequence([packet.seq for packet in sent])


def test_the_clean_picture_is_what_it_always_was(node: SensingNode) -> None:
    """The bytes of ten seconds, as the first synthetic source made them."""
    node.mirror(True)
    node.mock_scenario(Scenario.CLEAN, 1)
    node.advance(seconds=SECONDS)
    made = zlib.crc32(b"".join(packet.iq for packet in raw_frames(node)))
    assert made == CLEAN_CRC, f"the frames' checksum is {made:#010x}, not {CLEAN_CRC:#010x}"


def test_a_room_goes_on_when_the_scenario_changes(node: SensingNode) -> None:
    """The same seed is the same room, and its noise is not played again."""
    node.mirror(True)
    node.mock_scenario(Scenario.EMPTY, 7)
    node.advance(seconds=2)
    node.clear_packets()
    node.mock_scenario(Scenario.STATIC_PERSON, 7)
    node.advance(seconds=2)
    expected = mock.heard(Scenario.STATIC_PERSON, 7, 40, room_slot=40)
    check_frames(raw_frames(node), expected, Scenario.STATIC_PERSON, 7)


def test_another_seed_is_another_room(node: SensingNode) -> None:
    node.mirror(True)
    node.mock_scenario(Scenario.EMPTY, 7)
    node.advance(seconds=1)
    node.mock_scenario(Scenario.EMPTY, 8)
    node.clear_packets()
    node.advance(seconds=1)
    check_frames(raw_frames(node), mock.heard(Scenario.EMPTY, 8, 20), Scenario.EMPTY, 8)


def test_frames_do_not_depend_on_how_time_is_advanced(node: SensingNode) -> None:
    node.mirror(True)
    node.mock_scenario(Scenario.WALKING, 3)
    for step_ms in (7, 49, 1, 50, 143, 1750):
        node.advance(ms=step_ms)
    check_frames(raw_frames(node), mock.heard(Scenario.WALKING, 3, 40), Scenario.WALKING, 3)


def test_late_frames_and_doubled_ones_are_turned_away_and_counted(node: SensingNode) -> None:
    """By the gate: they are no newer than the frame that was taken last."""
    slots = 60 * mock.RATE_HZ
    came, taken = (f(Scenario.EMPTY, 2, slots) for f in (mock.arrivals, mock.heard))
    late = int(np.count_nonzero(np.diff(came.ts_us) < 0))
    twice = int(np.count_nonzero(np.diff(came.ts_us) == 0))
    assert late > 0
    assert twice > 0
    node.mock_scenario(Scenario.EMPTY, 2)
    node.advance(seconds=60)
    status = node.csi_status()
    assert status.received == len(came)
    assert status.gated == len(came) - len(taken) >= late + twice
    assert status.accepted == len(taken)


def test_an_end_is_an_end(node: SensingNode) -> None:
    node.mirror(True)
    node.mock_scenario(Scenario.WALKING, 3)
    node.advance(seconds=1)
    node.mock_off()
    node.clear_packets()
    node.advance(seconds=1)
    assert raw_frames(node) == []


def test_a_scenario_that_does_not_exist_is_refused(node: SensingNode) -> None:
    with refused("ESP_ERR_INVALID_ARG", saying="scenario 13"):
        node.mock_scenario(13, 1)  # type: ignore[arg-type]


def test_without_a_scenario_no_frame_comes(node: SensingNode) -> None:
    node.mirror(True)
    node.advance(seconds=2)
    assert raw_frames(node) == []
    assert node.csi_status().received == 0
