"""Streams against themselves: numbers that wrap, times, rates, and whose packet it is."""

from __future__ import annotations

import dataclasses

import pytest

from harness.sensing.reception.checker import Checked, StreamChecker, StreamKey
from harness.sensing.reception.item import Datagram, LinesLost, NodeStarted, Unreadable
from harness.sensing.reception.sequence import Sequence, Step
from kernels_ref.packets import EdgeVitals, FeatureState, RawCsiFrame, TemporalClassification
from tests.schema.examples import EXAMPLES

FEATURES = next(p for p, _ in EXAMPLES if isinstance(p, FeatureState))
RESULT = next(p for p, _ in EXAMPLES if isinstance(p, TemporalClassification))
VITALS = next(p for p, _ in EXAMPLES if isinstance(p, EdgeVitals))
RAW = next(p for p, _ in EXAMPLES if isinstance(p, RawCsiFrame))


def features(seq: int, ts_us: int, node: int = 1) -> bytes:
    return dataclasses.replace(FEATURES, node_id=node, seq=seq, ts_us=ts_us).encode()


def raw(seq: int, node: int = 1, content: int = 0) -> bytes:
    return dataclasses.replace(RAW, node_id=node, seq=seq, rssi=-content).encode()


def fed(*datagrams: bytes, source: str = "x", sender: str | None = None) -> StreamChecker:
    return feed(StreamChecker(), *datagrams, source=source, sender=sender)


def feed(
    checker: StreamChecker, *datagrams: bytes, source: str = "x", sender: str | None = None
) -> StreamChecker:
    for i, data in enumerate(datagrams):
        checker.take(Datagram(data, 1000.0 + i, source, "", sender))
    return checker


def told(checker: StreamChecker, packet: str, origin: str = "x", node: int = 1) -> dict[str, int]:
    """What is told of a stream's numbers, without what is 0."""
    sequence = checker.streams[StreamKey(origin, node, packet)].sequence
    assert sequence is not None
    names = ("missing", "late", "repeated", "restarts")
    return {name: getattr(sequence, name) for name in names if getattr(sequence, name)}


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
    sequence = checker.streams["x", 1, "feature_state"].sequence
    assert sequence is not None
    assert (sequence.restarts, sequence.missing, sequence.repeated) == (1, 0, 0)
    assert checker.problems() == ["node 1 feature_state: the sequence restarted 1 times"]


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
    assert checker.problems() == ["node 2 feature_state: the sequence restarted 1 times"]


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
    stream = fed(*(features(n, 200_000 * n) for n in range(1, 12))).streams["x", 1, "feature_state"]
    assert stream.rate_hz == pytest.approx(5.0)
    assert (stream.shortest_us, stream.widest_us) == (200_000, 200_000)


def test_the_rate_of_packets_without_a_time_is_that_of_their_arrival() -> None:
    frames = [dataclasses.replace(RAW, seq=n).encode() for n in range(5)]
    assert fed(*frames).streams["x", RAW.node_id, "raw_csi_frame"].rate_hz == pytest.approx(1.0)


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
    stream = checker.streams["x", 1, "feature_state"]
    assert stream.sequence is not None
    assert (stream.sequence.late, stream.missing, stream.backwards) == (1, 0, 0)
    assert checker.problems() == ["node 1 feature_state: 1 sequence numbers came twice"]


# ---- restarts, stragglers, doubles --------------------------------------------------------------


def test_a_restart_whose_first_packets_were_lost_is_a_restart() -> None:
    """Numbers go far back, and the clock with them; no number came twice, none is missing."""
    before = [features(n, 2_500_000_000 + 200_000 * n) for n in range(50_000, 50_025)]
    after = [features(n, 200_000 * n) for n in range(26, 51)]
    checker = fed(*before, *after)
    assert told(checker, "feature_state") == {"restarts": 1}
    sequence = checker.streams["x", 1, "feature_state"].sequence
    assert sequence is not None and sequence.spans == [(50_000, 50_024), (26, 50)]
    assert checker.problems() == ["node 1 feature_state: the sequence restarted 1 times"]
    assert checker.streams["x", 1, "feature_state"].rate_hz == pytest.approx(5.0)


def test_numbers_of_frames_without_a_clock_that_go_far_back_are_a_restart() -> None:
    checker = fed(*map(raw, range(50_000, 50_100)), *map(raw, range(101, 201)))
    assert told(checker, "raw_csi_frame") == {"restarts": 1}


@pytest.mark.parametrize("last", [9_000, 40_000])
def test_a_restart_that_looks_like_a_gap_is_told_by_the_clock(last: int) -> None:
    """16 bits: from 40,000 on to 25 is half a round ahead, as from 9,000 on to 30,000."""
    first = {9_000: 30_000, 40_000: 25}[last]
    before = [features(last + n, 9_000_000_000 + 200_000 * n) for n in range(5)]
    after = [features(first + n, 5_000_000 + 200_000 * n) for n in range(5)]
    assert told(fed(*before, *after), "feature_state") == {"restarts": 1}


def test_a_node_that_restarts_soon_lands_on_numbers_that_came_before() -> None:
    """Number 60 came once before the restart and once after: not the same packet."""
    before = [features(n, 200_000 * n) for n in range(40, 91)]
    after = [features(n, 200_000 * n - 7_000_000) for n in range(60, 80)]
    assert told(fed(*before, *after), "feature_state") == {"restarts": 1}
    frames = [raw(n, content=1) for n in range(40, 91)] + [raw(n, content=2) for n in range(60, 80)]
    assert told(fed(*frames), "raw_csi_frame") == {"restarts": 1}


def test_a_restart_that_one_stream_shows_is_one_of_all_streams_of_the_node() -> None:
    """A frame's number that seems to go on by 300 does not: the state's clock went back. Another
    node's numbers are its own."""
    state, other = features(900, 180_000_000), raw(7, node=2)
    for order in (1, -1):
        checker = fed(*map(raw, range(100, 110)), state, other)
        feed(checker, *[raw(410), features(20, 4_000_000)][::order])
        feed(checker, raw(411), raw(500, node=2))
        assert told(checker, "raw_csi_frame") == {"restarts": 1}, order
        assert told(checker, "feature_state") == {"restarts": 1}
        assert told(checker, "raw_csi_frame", node=2) == {"missing": 492}


def test_vitals_of_a_node_that_restarted_are_no_clock_that_goes_back() -> None:
    def vitals(ms: int) -> bytes:
        return dataclasses.replace(VITALS, node_id=1, timestamp_ms=ms).encode()

    alone = fed(*map(vitals, (90_000, 91_000, 5_000, 6_000)))
    assert alone.problems() == ["node 1 edge_vitals: the clock restarted 1 times"]
    (stream,) = alone.streams.values()
    assert stream.rate_hz == pytest.approx(1.0)
    beside = fed(features(450, 90_000_000), vitals(91_000), features(20, 4_000_000), vitals(5_000))
    assert beside.problems() == ["node 1 feature_state: the sequence restarted 1 times"]


@pytest.mark.parametrize("place", [0, 1, 300])
def test_a_swapped_pair_is_a_swapped_pair(place: int) -> None:
    """Wherever it comes: at the beginning, where the number before was never heard, too."""
    numbers = list(range(1, 600))
    numbers[place], numbers[place + 1] = numbers[place + 1], numbers[place]
    assert told(fed(*map(raw, numbers)), "raw_csi_frame") == {"late": 1}
    states = [features(n, 5_000_000 + 200_000 * n) for n in numbers]
    if place:
        assert told(fed(*states), "feature_state") == {"late": 1}


def test_three_in_reverse_at_the_beginning_are_two_stragglers() -> None:
    checker = fed(*map(raw, (103, 102, 101, 104, 105)))
    assert told(checker, "raw_csi_frame") == {"late": 2}


def test_a_doubled_packet_came_twice_and_is_no_restart() -> None:
    numbers = [*range(100, 200), 150, *range(200, 300)]
    assert told(fed(*map(raw, numbers)), "raw_csi_frame") == {"repeated": 1}
    states = [features(n, 200_000 * n) for n in numbers]
    assert fed(*states).problems() == ["node 1 feature_state: 1 sequence numbers came twice"]


def test_one_packet_from_long_ago_is_no_restart() -> None:
    """What goes on as if it had not come is told as a straggler."""
    numbers = [*range(1_000, 1_100), 20, *range(1_100, 1_200)]
    states = [features(n, 200_000 * n) for n in numbers]
    for checker in (fed(*map(raw, numbers)), fed(*states)):
        (key,) = checker.streams
        assert told(checker, key.packet) == {"late": 1}
        assert checker.problems() == []
    (stream,) = fed(*states).streams.values()
    assert (stream.widest_us, stream.backwards) == (200_000, 0)


# ---- whose packets they are ---------------------------------------------------------------------


def test_two_nodes_with_one_id_are_two_by_their_addresses() -> None:
    checker = StreamChecker()
    for n in range(100):
        feed(checker, raw(1_000 + n), sender="192.0.2.11")
        feed(checker, raw(7_000 + n), sender="192.0.2.12")
    assert checker.problems() == []
    assert checker.shared_ids == {1: ["192.0.2.11", "192.0.2.12"]}
    spans = [stream.sequence.spans for stream in checker.streams.values() if stream.sequence]
    assert spans == [[(1_000, 1_099)], [(7_000, 7_099)]]
    assert checker.nodes == [1]
    with pytest.raises(ValueError, match=r"id 1 is used at 192\.0\.2\.11, 192\.0\.2\.12"):
        checker.of_node(1)


def test_what_is_wrong_with_one_of_two_is_said_of_its_address() -> None:
    checker = fed(raw(1), raw(2), sender="192.0.2.11")
    feed(checker, raw(1), raw(3), sender="192.0.2.12")
    (problem,) = checker.problems()
    assert problem.startswith("node 1 at 192.0.2.12 raw_csi_frame: 1 sequence numbers are missing")


def test_two_consoles_are_two_origins_and_no_two_addresses() -> None:
    checker = fed(raw(5), raw(6), source="COM7")
    feed(checker, raw(90), raw(91), source="COM8")
    assert (checker.problems(), checker.shared_ids, len(checker.streams)) == ([], {}, 2)


def test_another_port_of_an_address_is_the_same_node() -> None:
    checker = StreamChecker()
    for seq, port in ((1, 4_000), (2, 4_000), (3, 4_001)):
        checker.take(Datagram(raw(seq), None, "udp 5005", "", "192.0.2.11", port))
    assert (len(checker.streams), checker.shared_ids, checker.problems()) == (1, {}, [])


# ---- what is no packet --------------------------------------------------------------------------


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
        ((origin, node, name),) = checker.streams
        assert (origin, name) == ("x", packet.SCHEMA.layout.name)
        assert node is not None or name == "mesh_envelope"
