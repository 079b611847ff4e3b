"""Every packet that sensing sends: what is in it, how often it comes, in which order."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from harness.plugin.fixtures import Measure
from harness.sensing.node import SensingNode
from harness.sensing.reception.reception import Reception
from harness.sensing.structs.csi import CsiFrameRequest
from harness.sensing.structs.sense import MmwaveReading, StreamRates
from hil_tests.support.packets import packets_of
from hil_tests.support.scene import CALIBRATION_S, PLAY_S, without_head
from hil_tests.support.streams import checked_streams
from kernels_ref.edge import mock
from kernels_ref.edge.mock import Scenario
from kernels_ref.packets import (
    MAGICS,
    CompressedCsi,
    EdgeVitals,
    FeatureVector,
    FusedVitals,
    MeshEnvelope,
    MeshRole,
    MeshType,
    Packet,
    RawCsiFrame,
    VitalsFlags,
    channel_to_mhz,
)
from kernels_ref.packets.compression import Expander

SECOND_US = 1_000_000
KEY_EVERY = 16  # compressed frames
VECTOR_FALL = 6  # of the features of a feature vector
EVERYTHING = StreamRates(raw_every=1, compressed_every=1, vitals_ms=1000, vector_ms=1000)
RADAR = MmwaveReading(
    type=2, targets=1, confidence=80, heart_bpm=71.5, breathing_bpm=15.25, distance_cm=182.0
)


def play(node: SensingNode, scenario: Scenario = Scenario.STATIC_PERSON, seed: int = 5) -> None:
    without_head(node)
    node.mirror(True)
    node.mock_scenario(scenario, seed)


@pytest.mark.needs("head")
def test_every_kind_of_packet_comes_at_its_rate(node: SensingNode) -> None:
    """Half a minute of it: nothing undecodable, no gap, as many of each as the rates say."""
    node.stream_rates(EVERYTHING)
    node.mirror(True)
    node.mock_scenario(Scenario.STATIC_PERSON, 5)
    for _ in range(10):
        node.mmwave(RADAR)
        node.advance(seconds=3)
    frames = len(mock.heard(Scenario.STATIC_PERSON, 5, 30 * mock.RATE_HZ))
    checker = checked_streams(node)
    assert dict(checker.decoded) == {
        "raw_csi_frame": frames,
        "compressed_csi": frames,
        "edge_vitals": 30,
        "fused_vitals": 30,
        "feature_vector": 30,
        "feature_state": 150,
        "temporal_classification": 30,
        "mesh_envelope": 1,
    }
    assert {MAGICS[magic] for magic in MAGICS} - checker.decoded.keys() == set()
    status = node.sense_status()
    assert (status.raw_seq, status.compressed_count, status.vitals_count) == (frames, frames, 30)
    assert (status.fused_count, status.vector_seq, status.health_epoch) == (30, 30, 1)
    assert node.status().packets_failed == 0


@pytest.mark.parametrize("scenario", Scenario, ids=lambda s: s.name.lower())
def test_no_scenario_brings_an_undecodable_byte(node: SensingNode, scenario: Scenario) -> None:
    node.stream_rates(EVERYTHING)
    play(node, scenario)
    node.advance(seconds=12)
    checked_streams(node)


def test_rates_can_be_set(node: SensingNode) -> None:
    node.stream_rates(StreamRates(raw_every=4, compressed_every=0, vitals_ms=250, vector_ms=0))
    play(node, Scenario.CLEAN)
    node.advance(seconds=4)
    decoded = checked_streams(node).decoded
    assert (decoded["raw_csi_frame"], decoded["edge_vitals"]) == (20, 16)
    assert decoded["compressed_csi"] == decoded["feature_vector"] == 0


@pytest.mark.needs("head")
def test_without_a_source_nothing_of_it_is_sent(node: SensingNode) -> None:
    without_head(node)
    node.mirror(True)
    node.stream_rates(EVERYTHING)
    node.mmwave(RADAR)
    node.advance(seconds=31)
    assert set(checked_streams(node).decoded) == {"feature_state"}


@pytest.mark.needs("head")
def test_the_end_of_a_source_ends_its_packets(node: SensingNode) -> None:
    play(node)
    node.advance(seconds=2)
    node.mock_off()
    node.clear_packets()
    node.advance(seconds=31)
    assert set(checked_streams(node).decoded) == {"feature_state"}


def test_raw_frames_say_what_the_radio_said(node: SensingNode) -> None:
    play(node, Scenario.RSSI_BOUNDARY)
    node.advance(ms=500)
    sent = packets_of(node, RawCsiFrame)
    heard = mock.heard(Scenario.RSSI_BOUNDARY, 5, len(mock.BOUNDARY_RSSI))
    assert [packet.rssi for packet in sent] == heard.rssi.tolist()
    assert {-128, 127} < set(heard.rssi.tolist())
    assert {(p.n_antennas, p.n_subcarriers, p.noise_floor) for p in sent} == {(1, mock.PAIRS, -92)}
    assert {packet.freq_mhz for packet in sent} == {2437}
    seen = node.csi_status()
    assert (seen.rssi, seen.rssi_min, seen.rssi_max, seen.noise_floor) == (127, -128, 127, -92)


def test_edge_vitals_say_what_was_sensed(node: SensingNode) -> None:
    play(node)
    for second in range(1, 6):
        node.advance(seconds=1)
        sent, status = packets_of(node, EdgeVitals)[-1], node.sense_status()
        assert sent.timestamp_ms == 1000 * second
        seen = status.features
        assert (sent.motion_energy, sent.presence_score) == (
            seen.motion_energy,
            seen.presence_score,
        )
        assert sent.n_persons == seen.n_persons
        assert sent.rssi == node.csi_status().rssi
        assert bool(sent.flags & VitalsFlags.PRESENCE) is (seen.presence >= 0.5)


def test_feature_vectors_are_a_second_apart(node: SensingNode) -> None:
    play(node)
    node.advance(seconds=5)
    sent = packets_of(node, FeatureVector)
    assert [packet.timestamp_us for packet in sent] == [SECOND_US * i for i in range(1, 6)]
    assert [packet.seq for packet in sent] == [1, 2, 3, 4, 5]
    assert all(0.0 <= value <= 1.0 for packet in sent for value in packet.features)


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_a_fall_is_told_once_in_each_kind_of_packet(node: SensingNode, seed: int) -> None:
    """Whatever their rates: a kind that is sent rarely tells it with its next packet."""
    node.stream_rates(StreamRates(raw_every=0, vitals_ms=400, vector_ms=1700))
    play(node, Scenario.EMPTY, seed)
    node.advance(seconds=CALIBRATION_S)
    node.mmwave(RADAR)
    node.mock_scenario(Scenario.FALL, seed)
    node.advance(seconds=PLAY_S / 2)
    node.stream_rates(StreamRates(raw_every=0, vitals_ms=500, vector_ms=1900))  # tells none again
    node.advance(seconds=PLAY_S / 2)
    fallen = node.sense_status().features.falls
    assert fallen > 0, "nobody fell, so nothing was tested"
    flags = [packet.flags for packet in packets_of(node, EdgeVitals)]
    fused_flags = [packet.flags for packet in packets_of(node, FusedVitals)]
    vectors = [packet.features[VECTOR_FALL] for packet in packets_of(node, FeatureVector)]
    assert sum(bool(word & VitalsFlags.FALL) for word in flags) == fallen
    assert sum(bool(word & VitalsFlags.FALL) for word in fused_flags) == fallen
    assert sum(vectors) == fallen and set(vectors) == {0.0, 1.0}


# ---- the second sensor --------------------------------------------------------------------------


def fused(node: SensingNode) -> FusedVitals:
    """Return the last one that was sent."""
    return packets_of(node, FusedVitals)[-1]


def test_fused_vitals_need_a_second_sensor(node: SensingNode) -> None:
    play(node)
    node.advance(seconds=3)
    assert packets_of(node, FusedVitals) == []
    node.mmwave(RADAR)
    node.advance(seconds=3)
    assert len(packets_of(node, FusedVitals)) == 3
    node.mmwave(dataclasses.replace(RADAR, type=0))
    node.clear_packets()
    node.advance(seconds=3)
    assert packets_of(node, FusedVitals) == []
    assert len(packets_of(node, EdgeVitals)) == 3


def test_fused_vitals_carry_the_reading(node: SensingNode) -> None:
    """Without breathing or heartbeat of its own the node has only the radar's word."""
    play(node, Scenario.EMPTY)
    node.mmwave(RADAR)
    node.advance(seconds=1)
    sent = fused(node)
    assert sent.flags & VitalsFlags.MMWAVE
    assert sent.flags & VitalsFlags.PRESENCE
    assert (sent.mmwave_type, sent.mmwave_targets, sent.mmwave_confidence) == (2, 1, 80)
    assert (sent.mmwave_hr_bpm, sent.mmwave_br_bpm) == (71.5, 15.25)
    assert sent.mmwave_distance_cm == 182.0
    assert (sent.breathing_bpm_x100, sent.heart_bpm_x10000) == (1525, 715_000)
    assert (sent.fusion_confidence, sent.n_persons) == (80, 1)


def test_a_reading_grows_old(node: SensingNode) -> None:
    play(node, Scenario.EMPTY)
    node.mmwave(RADAR)
    node.advance(seconds=5)
    assert fused(node).flags & VitalsFlags.MMWAVE
    node.advance(seconds=1)
    sent = fused(node)
    assert not sent.flags & VitalsFlags.MMWAVE
    assert not sent.flags & VitalsFlags.PRESENCE
    assert (sent.breathing_bpm_x100, sent.heart_bpm_x10000, sent.fusion_confidence) == (0, 0, 0)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -3.0, 1e30])
def test_what_no_sensor_can_mean_is_not_passed_on(node: SensingNode, wrong: float) -> None:
    play(node, Scenario.EMPTY)
    reading = dataclasses.replace(RADAR, heart_bpm=wrong, breathing_bpm=wrong, distance_cm=wrong)
    node.mmwave(dataclasses.replace(reading, confidence=255, targets=0))
    node.advance(seconds=1)
    sent = fused(node)
    assert sent.mmwave_confidence == 100
    if wrong == 1e30:  # finite: the reading is passed on, the node's own fields stay in range
        assert sent.heart_bpm_x10000 == 10_000_000
        assert sent.breathing_bpm_x100 == 65_535
    else:
        assert (sent.mmwave_hr_bpm, sent.mmwave_br_bpm, sent.mmwave_distance_cm) == (0, 0, 0)
        assert (sent.breathing_bpm_x100, sent.heart_bpm_x10000) == (0, 0)


# ---- mesh health --------------------------------------------------------------------------------


def test_mesh_health_comes_with_the_slow_loop(node: SensingNode) -> None:
    node.stream_rates(StreamRates(raw_every=0))
    play(node, Scenario.CLEAN)
    node.advance(seconds=91)
    sent = packets_of(node, MeshEnvelope)
    assert [packet.epoch for packet in sent] == [1, 2, 3]
    assert {packet.type for packet in sent} == {MeshType.HEALTH}
    health = [packet.health() for packet in sent]
    assert [h.local_time_us for h in health if h] == [30_000_000, 60_000_000, 90_000_000]
    last = health[-1]
    assert last is not None
    assert last.node_id == bytes([packets_of(node, EdgeVitals)[0].node_id]) + bytes(7)
    assert (last.role, last.channel, last.bandwidth_mhz) == (MeshRole.OBSERVER, 6, 20)
    assert (last.noise_floor, last.pkt_yield, last.sync_error_us) == (-92, 20, 0)


def test_mesh_health_says_how_irregular_frames_are(node: SensingNode) -> None:
    """As their timestamps have it: a fading mean, over 16, of how far a spacing is from another."""
    node.stream_rates(StreamRates(raw_every=0))
    play(node)
    node.advance(seconds=30)
    (health,) = (packet.health() for packet in packets_of(node, MeshEnvelope))
    assert health is not None
    ts_us = mock.heard(Scenario.STATIC_PERSON, 5, 30 * mock.RATE_HZ).ts_us
    mean_us, error_us = float(ts_us[1] - ts_us[0]), 0.0
    for spacing in np.diff(ts_us[1:]):
        if spacing <= 1_000_000:
            off = spacing - mean_us
            mean_us, error_us = mean_us + off / 16, error_us + (abs(off) - error_us) / 16
    assert health.sync_error_us == pytest.approx(error_us, abs=50) and error_us > 1000
    assert health.pkt_yield == np.count_nonzero(ts_us > 29_000_000)


# ---- compressed frames --------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", [Scenario.WALKING, Scenario.CHANNEL_SWEEP, Scenario.EMPTY])
def test_compressed_frames_are_the_raw_ones(
    node: SensingNode, measure: Measure, scenario: Scenario
) -> None:
    node.stream_rates(EVERYTHING)
    play(node, scenario)
    node.advance(seconds=10)
    raw, compressed = packets_of(node, RawCsiFrame), packets_of(node, CompressedCsi)
    assert len(raw) == len(compressed) == len(mock.heard(scenario, 5, 10 * mock.RATE_HZ))
    expander = Expander()
    for i, (frame, packet) in enumerate(zip(raw, compressed, strict=True)):
        assert expander.take(packet) == frame.iq, f"frame {i}"
        assert channel_to_mhz(packet.channel) == frame.freq_mhz
    share = sum(p.compressed_len for p in compressed) / sum(p.original_len for p in compressed)
    measure(f"compressed size, {scenario.name.lower()}", 100 * share, "% of the frame")
    assert all(p.compressed_len <= p.original_len + 3 for p in compressed)  # stamp, coding byte
    assert share <= 0.4  # of recorded frames of this kind it is 0.27


def test_a_receiver_that_misses_compressed_frames_goes_on_with_the_next_key_frame(
    node: SensingNode,
) -> None:
    """One in seven is lost: what comes out is right, and nothing is lost for longer than to the
    next key frame, one in sixteen."""
    node.stream_rates(EVERYTHING)
    play(node, Scenario.WALKING)
    node.advance(seconds=20)
    raw, compressed = packets_of(node, RawCsiFrame), packets_of(node, CompressedCsi)
    count = len(compressed)
    keys = [i for i, packet in enumerate(compressed) if packet.is_key]
    assert keys == list(range(0, count, KEY_EVERY))
    assert [packet.number for packet in compressed] == list(range(1, count + 1))
    lost = set(np.flatnonzero(np.random.default_rng(9).random(count) < 1 / 7).tolist())
    expander, right = Expander(), 0
    for i, (frame, packet) in enumerate(zip(raw, compressed, strict=True)):
        if i in lost:
            continue
        given = expander.take(packet)
        assert given in (None, frame.iq), f"frame {i} is another"
        unbroken = not lost & set(range(i // KEY_EVERY * KEY_EVERY, i))
        assert (given is not None) == unbroken, f"frame {i}"
        right += given is not None
    assert right + expander.passed_over + len(lost) == count
    assert right > 100


@pytest.mark.parametrize("shape", [(1, 1024), (4, 256), (3, 341)], ids=str)
def test_the_largest_frames_pass_whole(
    node: SensingNode, reception: Reception, shape: tuple[int, int]
) -> None:
    """Incompressible ones, raw and compressed, over the network or a console: nothing is lost."""
    antennas, subcarriers = shape
    node.stream_rates(EVERYTHING)
    header = CsiFrameRequest((2, 0, 0, 0, 0, 1), 6, antennas, subcarriers, -50, -92)
    rng = np.random.default_rng(subcarriers)
    sent = [rng.integers(-128, 128, 2 * antennas * subcarriers).astype(np.int8) for _ in range(40)]
    for iq in sent:
        node.csi_frame(header, iq.tobytes())
        node.advance(ms=50)

    def is_all(packets: list[Packet]) -> bool:
        return sum(isinstance(p, RawCsiFrame | CompressedCsi) for p in packets) >= 2 * len(sent)

    heard = reception.wait_for(is_all, f"waiting for {2 * len(sent)} frames", 60.0)
    frames = [packet.iq for packet in heard if isinstance(packet, RawCsiFrame)]
    assert frames == [iq.tobytes() for iq in sent]
    expander = Expander()
    assert [expander.take(p) for p in heard if isinstance(p, CompressedCsi)] == frames
    assert reception.refused == []
    assert reception.problems() == []
    assert node.status().packets_failed == 0
    assert node.sense_status().features.frames == len(sent)


def test_a_frame_of_another_size_begins_the_compressed_stream_anew(node: SensingNode) -> None:
    node.stream_rates(EVERYTHING)
    node.mirror(True)
    for seed, n_pairs in enumerate((10, 10, 7, 10)):
        header = CsiFrameRequest((2, 0, 0, 0, 0, 1), 6, 1, n_pairs, -50, -92)
        iq = np.random.default_rng(seed).integers(-128, 128, 2 * n_pairs).astype(np.int8)
        node.csi_frame(header, iq.tobytes())
        node.advance(ms=50)
    raw, compressed = packets_of(node, RawCsiFrame), packets_of(node, CompressedCsi)
    expander = Expander()
    assert [expander.take(packet) for packet in compressed] == [frame.iq for frame in raw]


@pytest.mark.needs("network")
def test_the_network_carries_what_the_mirror_shows(node: SensingNode, reception: Reception) -> None:
    node.stream_rates(EVERYTHING)
    node.mmwave(RADAR)
    play(node, Scenario.WALKING)
    node.advance(seconds=6)
    shown = sorted(node.packet_bytes)
    heard = reception.wait_for(
        lambda packets: len(packets) >= len(shown), f"waiting for {len(shown)} datagrams", 60.0
    )
    assert sorted(packet.encode() for packet in heard) == shown
    assert reception.refused == []
    assert reception.problems() == []
    assert node.status().packets_failed == 0
