"""Streams against themselves: numbers that wrap, times, rates, and whose packet it is."""

from __future__ import annotations

import dataclasses

import pytest

from harness.reception import Checked, Datagram, LinesLost, NodeStarted, StreamChecker, Unreadable
from harness.reception.sequence import Sequence, Step
from kernels_ref.packets import EdgeVitals, FeatureState, RawCsiFrame, TemporalClassification
from tests.schema.examples import EXAMPLES

FEATURES = next(p for p, _ in EXAMPLES if isinstance(p, FeatureState))
RESULT = next(p for p, _ in EXAMPLES if isinstance(p, TemporalClassification))
VITALS = next(p for p, _ in EXAMPLES if isinstance(p, EdgeVitals))
RAW = next(p for p, _ in EXAMPLES if isinstance(p, RawCsiFrame))


def features(seq: int, ts_us: int, node: int = 1) -> bytes:
    return dataclasses.replace(FEATURES, node_id=node, seq=seq, ts_us=ts_us).encode()


def fed(*datagrams: bytes, source: str = "x") -> StreamChecker:
    checker = StreamChecker()
    for i, data in enumerate(datagrams):
        checker.take(Datagram(data, 1000.0 + i, source))
    return checker


@pytest.mark.parametrize("bits", [16, 32])
def test_numbers_wrap_without_a_gap(bits: int) -> None:
    sequence = Sequence(bits)
    top = (1 << bits) - 1
    for number in (top - 1, top, 0, 1, 2):
        assert sequence.note(number) is Step.ON
    assert (sequence.missing, sequence.repeated, sequence.restarts) == (0, 0, 0)


@pytest.mark.parametrize("bits", [16, 32])
def test_a_gap_across_the_wrap_is_counted(bits: int) -> None:
    sequence = Sequence(bits)
    top = (1 << bits) - 1
    for number in (top - 3, top, 3):
        sequence.note(number)
    assert sequence.missing == 2 + 3
    assert sequence.gaps == [(top - 2, 2), (0, 3)]
    assert sequence.note(top - 1) is Step.LATE
    assert sequence.note(1) is Step.LATE
    assert (sequence.missing, sequence.late) == (3, 2)
    assert sequence.note(1) is Step.REPEATED


def test_a_repeated_number_is_no_restart() -> None:
    sequence = Sequence(32)
    for number in (1, 2, 3, 3, 4):
        sequence.note(number)
    assert (sequence.repeated, sequence.restarts, sequence.missing) == (1, 0, 0)


def test_a_restart_that_nobody_announced() -> None:
    checker = fed(*(features(n, 200_000 * n) for n in (7, 8, 9, 1, 2, 3)))
    sequence = checker.streams[1, "feature_state"].sequence
    assert sequence is not None
    assert (sequence.restarts, sequence.missing, sequence.repeated) == (1, 0, 0)
    assert checker.problems() == ["node 1 feature_state: the sequence began anew 1 times"]


def test_a_restart_that_was_announced_is_no_problem() -> None:
    checker = fed(*(features(n, 200_000 * n) for n in (7, 8, 9)))
    checker.take(NodeStarted("x"))
    for n in (1, 2, 3):
        checker.take(Datagram(features(n, 200_000 * n), None, "x"))
    assert checker.problems() == []
    assert (checker.starts, checker.decoded["feature_state"]) == (1, 6)


def test_a_restart_of_one_source_says_nothing_of_another() -> None:
    checker = StreamChecker()
    for node in (1, 2):
        checker.take(Datagram(features(9, 9, node), None, f"port{node}"))
    checker.take(NodeStarted("port1"))
    checker.take(Datagram(features(1, 1, 1), None, "port1"))
    checker.take(Datagram(features(5, 1, 2), None, "port2"))
    assert checker.problems() == ["node 2 feature_state: the sequence began anew 1 times"]


def test_packets_belong_to_their_node() -> None:
    """Three nodes in turn, one of which loses two numbers."""
    sent = [features(n, 200_000 * n, node) for n in range(1, 11) for node in (1, 2, 3)]
    lost = {features(n, 200_000 * n, 2) for n in (4, 5)}
    checker = fed(*(data for data in sent if data not in lost))
    assert checker.nodes == [1, 2, 3]
    assert [checker.of_node(n)["feature_state"].missing for n in (1, 2, 3)] == [0, 2, 0]
    assert checker.problems() == [
        "node 2 feature_state: 2 sequence numbers are missing; the first gap is 2 from 4 on"
    ]


def test_the_rate_is_the_node_s_own() -> None:
    """Packets that came once a second, and were sent five times a second."""
    stream = fed(*(features(n, 200_000 * n) for n in range(1, 12))).streams[1, "feature_state"]
    assert stream.rate_hz == pytest.approx(5.0)
    assert (stream.shortest_us, stream.widest_us) == (200_000, 200_000)


def test_the_rate_of_packets_without_a_time_is_that_of_their_arrival() -> None:
    frames = [dataclasses.replace(RAW, seq=n).encode() for n in range(5)]
    assert fed(*frames).streams[RAW.node_id, "raw_csi_frame"].rate_hz == pytest.approx(1.0)


def test_time_that_goes_back() -> None:
    checker = fed(*(features(n, t) for n, t in enumerate((100, 300, 200, 400), 20)))
    assert checker.problems() == ["node 1 feature_state: the time went back 1 times"]


def test_milliseconds_wrap_after_49_days() -> None:
    times = (2**32 - 2000, 2**32 - 1000, 0, 1000)
    vitals = [dataclasses.replace(VITALS, timestamp_ms=t).encode() for t in times]
    (stream,) = fed(*vitals).streams.values()
    assert (stream.backwards, stream.rate_hz) == (0, pytest.approx(1.0))


def test_late_and_doubled_datagrams_of_a_network_are_no_time_that_goes_back() -> None:
    checker = fed(*(features(n, 200_000 * n) for n in (20, 22, 21, 23, 23, 24)))
    stream = checker.streams[1, "feature_state"]
    assert stream.sequence is not None
    assert (stream.sequence.late, stream.missing, stream.backwards) == (1, 0, 0)
    assert checker.problems() == ["node 1 feature_state: 1 sequence numbers came twice"]


def test_what_is_no_packet_is_counted_by_its_reason() -> None:
    good = features(1, 1)
    checker = fed(good, good[:-1], good[:20] + b"\x01" + good[21:], b"", bytes(8))
    checker.take(Unreadable("damaged console line", "x"))
    checker.take(LinesLost(3, "x"))
    assert checker.refused == {
        "short": 2,
        "bad CRC": 1,
        "unknown magic": 1,
        "damaged console line": 1,
    }
    assert "3 lines were lost between the console and here" in checker.problems()


def test_every_kind_of_packet_is_attributed() -> None:
    for packet, data in EXAMPLES:
        checker = StreamChecker()
        result = checker.take(Datagram(data, None, "x"))
        assert isinstance(result, Checked) and result.packet == packet
        ((node, name),) = checker.streams
        assert name == packet.SCHEMA.layout.name
        assert node is not None or name == "mesh_envelope"
