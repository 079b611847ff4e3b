"""Capture: what becomes of frames as a radio's callback would bring them."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from harness.sensing.node import SensingNode
from harness.sensing.structs.csi import CsiFrameRequest, CsiSource, CsiStatus
from hil_tests.support.packets import packets_of
from hil_tests.support.refusal import refused
from kernels_ref.packets import RawCsiFrame, channel_to_mhz

OURS = bytes.fromhex("02c511000001")
STRANGER = bytes.fromhex("02c511000002")
MOST_PAIRS = 1024
FRAME = CsiFrameRequest(
    mac=tuple(OURS), channel=6, n_antennas=1, n_subcarriers=8, rssi=-50, noise_floor=-95
)


def pairs(n: int, seed: int = 1) -> bytes:
    """Return n random pairs."""
    return np.random.default_rng(seed).integers(-128, 128, 2 * n).astype(np.int8).tobytes()


def hand_over(node: SensingNode, iq: bytes | None = None, **changes: object) -> None:
    header = dataclasses.replace(FRAME, **changes)
    node.csi_frame(header, pairs(header.n_antennas * header.n_subcarriers) if iq is None else iq)


def became(status: CsiStatus) -> dict[str, int]:
    """What became of the frames; zeros are left out."""
    names = ("accepted", "zero_length", "oversized", "filtered", "gated", "dropped")
    counts = {name: getattr(status, name) for name in names}
    assert status.received == sum(counts.values())
    return {name: count for name, count in counts.items() if count}


def test_a_frame_is_sent_as_it_came(node: SensingNode) -> None:
    node.mirror(True)
    iq = pairs(12)
    hand_over(node, iq, n_antennas=2, n_subcarriers=6, channel=11, rssi=-61, noise_floor=-90)
    node.advance(ms=1)
    (sent,) = packets_of(node, RawCsiFrame)
    assert sent.iq == iq
    assert (sent.n_antennas, sent.n_subcarriers) == (2, 6)
    assert (sent.freq_mhz, sent.rssi, sent.noise_floor, sent.seq) == (2462, -61, -90, 1)
    assert node.csi_status().source == CsiSource.SCRIPT


@pytest.mark.parametrize("channel", [0, 1, 13, 14, 15, 35, 36, 100, 177, 178, 255])
def test_the_frequency_is_the_channel_s(node: SensingNode, channel: int) -> None:
    node.mirror(True)
    hand_over(node, channel=channel)
    node.advance(ms=1)
    (sent,) = packets_of(node, RawCsiFrame)
    assert sent.freq_mhz == channel_to_mhz(channel)


@pytest.mark.parametrize(
    ("antennas", "subcarriers", "what"),
    [
        (0, 64, "zero_length"),
        (1, 0, "zero_length"),
        (0, 0, "zero_length"),
        (1, MOST_PAIRS + 1, "oversized"),
        (4, 257, "oversized"),
        (255, 65535, "oversized"),
    ],
)
def test_what_is_no_frame_is_refused_and_counted(
    node: SensingNode, antennas: int, subcarriers: int, what: str
) -> None:
    node.mirror(True)
    hand_over(node, b"", n_antennas=antennas, n_subcarriers=subcarriers)
    node.advance(ms=1)
    assert became(node.csi_status()) == {what: 1}
    assert packets_of(node, RawCsiFrame) == []


def test_the_agent_refuses_pairs_that_are_not_there(node: SensingNode) -> None:
    with refused("ESP_ERR_INVALID_SIZE", saying="8 pairs"):
        hand_over(node, pairs(7))
    assert node.csi_status().received == 0


@pytest.mark.parametrize("n_pairs", [1, 2, 64, 759, 1024])
def test_every_size_passes(node: SensingNode, n_pairs: int) -> None:
    node.mirror(True)
    hand_over(node, n_subcarriers=n_pairs)
    node.advance(ms=1)
    (sent,) = packets_of(node, RawCsiFrame)
    assert sent.iq == pairs(n_pairs)


def test_the_gate_lets_100_a_second_through(node: SensingNode) -> None:
    """Two hundred a second come: every other one passes."""
    for _ in range(100):
        hand_over(node)
        node.advance(ms=5)
    assert became(node.csi_status()) == {"accepted": 50, "gated": 50}


@pytest.mark.parametrize("rate_hz", [0.0, 50.1, 100.0])
def test_a_rate_that_the_gate_lets_through_can_be_stated(node: SensingNode, rate_hz: float) -> None:
    node.csi_feed(rate_hz)
    hand_over(node)
    assert became(node.csi_status()) == {"accepted": 1}


@pytest.mark.parametrize("rate_hz", [-1.0, 100.1, math.inf, math.nan])
def test_a_rate_beyond_the_gate_is_refused(node: SensingNode, rate_hz: float) -> None:
    with refused("ESP_ERR_INVALID_ARG", what="0 to 100"):
        node.csi_feed(rate_hz)


def test_a_hundred_a_second_reach_features_and_packets(node: SensingNode) -> None:
    """For two seconds, none is dropped and each is sent."""
    node.mirror(True)
    for _ in range(200):
        node.csi_frame(dataclasses.replace(FRAME, after_us=10_000), pairs(8))
    node.advance(ms=1)
    assert became(node.csi_status()) == {"accepted": 200}
    assert len(packets_of(node, RawCsiFrame)) == 200
    status = node.sense_status()
    assert status.pkt_yield == 100
    assert status.features.frames == 200


@pytest.mark.parametrize(("spacing_ms", "passed"), [(8, 49), (9, 54), (10, 60), (11, 60)])
def test_the_gate_holds_its_rate_for_any_spacing(
    node: SensingNode, spacing_ms: int, passed: int
) -> None:
    """Sixty frames: it is the rate that is limited, so that frames a little too near do not each
    cost the one after it."""
    for _ in range(60):
        hand_over(node)
        node.advance(ms=spacing_ms)
    seconds = 59 * spacing_ms / 1000
    accepted = became(node.csi_status())["accepted"]
    assert accepted <= 100 * seconds + 1
    assert abs(accepted - passed) <= 3, f"{accepted} of 60 passed, expected about {passed}"


def test_frames_at_one_moment_are_one(node: SensingNode) -> None:
    for _ in range(5):
        hand_over(node)
    assert became(node.csi_status()) == {"accepted": 1, "gated": 4}


def test_the_filter_passes_one_sender(node: SensingNode) -> None:
    node.csi_filter(OURS)
    for sender in (OURS, STRANGER, bytes(6), OURS):
        hand_over(node, mac=tuple(sender))
        node.advance(ms=20)
    assert became(node.csi_status()) == {"accepted": 2, "filtered": 2}
    node.csi_filter(None)
    hand_over(node, mac=tuple(STRANGER))
    assert became(node.csi_status()) == {"accepted": 3, "filtered": 2}


@pytest.mark.parametrize("bit", range(48))
def test_the_filter_looks_at_every_bit(node: SensingNode, bit: int) -> None:
    near = (int.from_bytes(OURS, "big") ^ 1 << bit).to_bytes(6, "big")
    node.csi_filter(OURS)
    hand_over(node, mac=tuple(near))
    assert became(node.csi_status()) == {"filtered": 1}


def test_a_stranger_does_not_use_up_the_gate(node: SensingNode) -> None:
    node.csi_filter(OURS)
    for _ in range(10):
        hand_over(node, mac=tuple(STRANGER))
        hand_over(node)
        node.advance(ms=20)
    assert became(node.csi_status()) == {"accepted": 10, "filtered": 10}


def test_levels_are_of_accepted_frames(node: SensingNode) -> None:
    node.csi_filter(OURS)
    for rssi, mac in ((-60, OURS), (-20, STRANGER), (-75, OURS), (-40, OURS), (-55, OURS)):
        hand_over(node, rssi=rssi, mac=tuple(mac))
        node.advance(ms=20)
    status = node.csi_status()
    assert (status.rssi, status.rssi_min, status.rssi_max) == (-55, -75, -40)
    assert status.noise_floor == -95


def test_restore_forgets_capture(node: SensingNode) -> None:
    node.csi_filter(STRANGER)
    node.csi_hop([1, 6], 100)
    hand_over(node)
    node.restore()
    status = node.csi_status()
    assert (status.received, status.hops, status.source) == (0, 0, CsiSource.NONE)
    hand_over(node)
    assert became(node.csi_status()) == {"accepted": 1}


# ---- the channels ------------------------------------------------------------------------------


def test_channels_are_gone_round(node: SensingNode) -> None:
    hand_over(node)
    node.csi_hop([1, 6, 11], 200)
    seen = []
    for _ in range(7):
        seen.append(node.csi_status().channel)
        node.advance(ms=200)
    assert seen == [1, 6, 11, 1, 6, 11, 1]
    assert node.csi_status().hops == 7


def test_one_channel_is_no_hopping(node: SensingNode) -> None:
    hand_over(node)
    node.csi_hop([13])
    node.advance(seconds=2)
    assert (node.csi_status().channel, node.csi_status().hops) == (13, 0)


@pytest.mark.parametrize(
    ("channels", "dwell_ms"),
    [([0], 100), ([1, 178], 100), ([1, 6], 0), (list(range(1, 16)), 100)],
    ids=["channel 0", "channel 178", "no dwell", "fifteen channels"],
)
def test_a_table_that_cannot_be_is_refused(
    node: SensingNode, channels: list[int], dwell_ms: int
) -> None:
    with refused("ESP_ERR_INVALID_ARG"):
        node.csi_hop(channels, dwell_ms)
